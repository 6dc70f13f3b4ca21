import { expect, it } from "vitest";

import { fitting, partOf } from "./found";

it("what people read out is looked for at both ends, what was cut at its end", () => {
  expect(partOf("person", " 0041 ")).toEqual({ part: "0041", q: "person:*0041 OR 0041*" });
  expect(partOf("person", "pers…0041")).toEqual({ part: "0041", q: "person:*0041" });
  for (const text of ["041", "a b c d", "id-1,id-2", "550e8400-e29b-41d4-a716-446655440000", '"0041"']) expect(partOf("person", text), text).toBeUndefined();
  expect(partOf("element", "0041")).toBeUndefined();
});

it("only values that begin or end so are offered, each once", () => {
  expect(fitting(["cust-0041", "0041-x", "x0041y", undefined, "cust-0041", "CUST-AB0041"], "0041")).toEqual(["cust-0041", "0041-x", "CUST-AB0041"]);
});

import { expect, it } from "vitest";

import { near } from "./near";

it("knows what people call the values of columns", () => {
  expect(near("Failure")).toEqual([{ column: "status", value: "failure" }]);
  expect(near('status:"Timed out"')).toEqual([{ column: "status", value: "timed_out" }]);
  expect(near("occurred_in:Journey")).toEqual([{ column: "occurred_in", value: "journey" }]);
  expect(near("v15")).toEqual([{ column: "version", value: "15" }]);
  expect(near("order")).toEqual([]);
});

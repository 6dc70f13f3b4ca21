import { expect, it } from "vitest";

import { chipWords } from "./chip";
import { pasted } from "./pasted";

it("a filter reads as a sentence", () => {
  const label = (value: string) => value.toUpperCase();
  const value = (text: string, excluded = false) => ({ value: text, excluded });
  expect(chipWords([], label)).toEqual({ not: false, text: "" });
  expect(chipWords([value("a", true)], label)).toEqual({ not: true, text: "A" });
  expect(chipWords([value("a"), value("b"), value("c")], label)).toEqual({ not: false, text: "3 values" });
  expect(chipWords([{ value: "*", excluded: true, any: true }], label)).toEqual({ not: false, text: "none" });
  expect(chipWords([value("a", true), value("b", true)], label)).toEqual({ not: true, text: "2 values" });
});

it("identifiers are found in whatever was pasted", () => {
  expect(pasted("  38590217 ")).toEqual(["38590217"]);
  expect(pasted('"a-1", "a-2"\n(a-1); <b>')).toEqual(["a-1", "a-2", "b"]);
  expect(pasted(" \n")).toEqual([]);
});

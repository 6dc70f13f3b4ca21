import { expect, it } from "vitest";

import { isCalled } from "./called";
import { chipWords } from "./chip";
import { pasted } from "./pasted";

it("a filter reads as a sentence", () => {
  const label = (value: string) => value.toUpperCase();
  const value = (text: string, excluded = false) => ({ value: text, excluded });
  expect(chipWords([], label)).toEqual({ not: false, text: "" });
  expect(chipWords([value("a", true)], label)).toEqual({ not: true, text: "A" });
  expect(chipWords([value("a"), value("b"), value("c")], label)).toEqual({ not: false, text: "3 values" });
  expect([value(""), value("", true)].map((one) => chipWords([one], label))).toEqual([{ not: false, text: "empty" }, { not: true, text: "empty" }]);
  expect(chipWords([{ value: "*", excluded: true, any: true }], label)).toEqual({ not: false, text: "none" });
  expect(chipWords([value("a", true), value("b", true)], label)).toEqual({ not: true, text: "2 values" });
});

it("a value is chosen by its label as well", () => {
  for (const [column, value, written] of [["status", "failure", "Failure"], ["status", "timed_out", "TIMED OUT"], ["status", "in_progress", "started"], ["occurred_in", "ai_agent", "AI-agent"], ["version", "15", "v15"], ["event", "acme.Done", "acme.done"]]) {
    expect(isCalled(column!, value!, written!), written).toBe(true);
    expect(isCalled(column!, value!, value!)).toBe(true);
  }
  for (const [column, value, written] of [["status", "failure", "success"], ["version", "v15", "15"], ["version", "15", "V 15"], ["object", "Order", "order"], ["person", "A", "a"]]) expect(isCalled(column!, value!, written!), written).toBe(false);
});

it("identifiers are found in whatever was pasted", () => {
  expect(pasted("  38590217 ")).toEqual(["38590217"]);
  expect(pasted('"a-1", "a-2"\n(a-1); <b>')).toEqual(["a-1", "a-2", "b"]);
  expect(pasted(" \n")).toEqual([]);
});

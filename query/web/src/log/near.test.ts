import { expect, it } from "vitest";

import { near, nearest, slips } from "./near";

it("knows what people call the values of columns", () => {
  expect(near("Failure")).toEqual([{ column: "status", value: "failure" }]);
  expect(near('status:"Timed out"')).toEqual([{ column: "status", value: "timed_out" }]);
  expect(near("occurred_in:Journey")).toEqual([{ column: "occurred_in", value: "journey" }]);
  expect(near("v15")).toEqual([{ column: "version", value: "15" }]);
  expect(near("order")).toEqual([]);
});

it("forgives a slip or two, and takes no other word for it", () => {
  expect(near("Failre")).toEqual([{ column: "status", value: "failure" }]);
  expect(near("status:timd out")).toEqual([{ column: "status", value: "timed_out" }]);
  expect(near("sms")).toEqual([]);
  const named = (text: string) => nearest(text, ["Order updates", "Order update", "Welcome series"], (value) => [value]);
  expect(named("order updats")).toEqual(["Order updates", "Order update"]);
  expect(named("Welcome sreies")).toEqual(["Welcome series"]);
  expect(named("Returns")).toEqual([]);
});

it("counts slips the same both ways, none only between the same", () => {
  const words = ["", "a", "ab", "ba", "abc", "acb", "failure", "failre", "faliure", "fialure", "success"];
  for (const one of words) for (const other of words) {
    expect(slips(one, other)).toBe(slips(other, one));
    expect(slips(one, other) === 0).toBe(one === other);
    expect(slips(one, other)).toBeGreaterThanOrEqual(Math.abs(one.length - other.length));
  }
  expect([slips("failre", "failure"), slips("faliure", "failure"), slips("acb", "abc")]).toEqual([1, 1, 1]);
});

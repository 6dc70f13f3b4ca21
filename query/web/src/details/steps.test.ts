import { expect, test } from "vitest";

import { among } from "./steps";
import { panelWidth } from "./width";

test("an event's place in its interaction", () => {
  expect(among(["a", "b", "c"], "b", false)).toEqual({ at: 2, of: 3, more: false, previous: "a", next: "c" });
  expect(among(["a"], "a", true)).toEqual({ at: 1, of: 1, more: true, previous: undefined, next: undefined });
  expect(among(["a"], "x", false)).toBeUndefined();
});

test("the panel's width keeps to its bounds", () => {
  expect([null, "", "nonsense", 100, 600, 9_999].map((wanted) => panelWidth(wanted, 1_440))).toEqual([540, 540, 540, 400, 600, 720]);
  expect(panelWidth(720, 900)).toBe(540);
  expect(panelWidth(720, 390)).toBe(400);
});

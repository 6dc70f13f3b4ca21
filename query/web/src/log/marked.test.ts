import { expect, it } from "vitest";

import type { Row } from "../lib/api";
import { isHit, marked, nearHit, toldHit } from "./marked";

it("hits are cut out by characters, in order and within the text", () => {
  expect(marked("é order", [[2, 7]])).toEqual([{ text: "é ", hit: false }, { text: "order", hit: true }]);
  expect(marked("abc", [[0, 2], [1, 3], [9, 12]])).toEqual([{ text: "ab", hit: true }, { text: "c", hit: true }]);
  expect(marked("abc", [])).toEqual([{ text: "abc", hit: false }]);
});

it("a hit is told beside the row only where no column in sight has it", () => {
  const row: Row = { id: "a", seq: 1, time: "", received: "", person: "p-1", event: "p-1", snippet: { text: "p-1", hits: [[0, 3]] } };
  expect(isHit(row, "person")).toBe(true);
  expect(isHit(row, "event")).toBe(false);
  expect(toldHit(row, ["event", "person"])).toBeUndefined();
  expect(toldHit(row, ["event", "status"])).toBe(row.snippet);
  expect(toldHit({ ...row, person: "p-2" }, ["person"])).toBe(row.snippet);
  expect(isHit({ ...row, snippet: undefined }, "channel")).toBe(false);
});

it("the first hit is in sight", () => {
  const pieces = nearHit(marked("a long way before the order", [[22, 27]]));
  expect(pieces).toEqual([{ text: "…before the ", hit: false }, { text: "order", hit: true }]);
  expect(nearHit(marked("the order", [[4, 9]]))[0]!.text).toBe("the ");
});

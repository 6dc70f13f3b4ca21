import { expect, it } from "vitest";

import { marked, nearHit } from "./marked";

it("hits are cut out by characters, in order and within the text", () => {
  expect(marked("é order", [[2, 7]])).toEqual([{ text: "é ", hit: false }, { text: "order", hit: true }]);
  expect(marked("abc", [[0, 2], [1, 3], [9, 12]])).toEqual([{ text: "ab", hit: true }, { text: "c", hit: true }]);
  expect(marked("abc", [])).toEqual([{ text: "abc", hit: false }]);
});

it("the first hit is in sight", () => {
  const pieces = nearHit(marked("a long way before the order", [[22, 27]]));
  expect(pieces).toEqual([{ text: "…before the ", hit: false }, { text: "order", hit: true }]);
  expect(nearHit(marked("the order", [[4, 9]]))[0]!.text).toBe("the ");
});

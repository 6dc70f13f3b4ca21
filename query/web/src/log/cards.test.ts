import { expect, test } from "vitest";

import { CARD_PX, CARD_WITH_REASON_PX, DAY_PX, inSight, layout } from "./cards";

test("days stand before their first row", () => {
  const { items, tops } = layout(["a", "a", "b"], [false, true, false]);
  expect(items).toEqual([{ day: "a" }, { row: 0 }, { row: 1 }, { day: "b" }, { row: 2 }]);
  expect(tops).toEqual([0, 25, 92, 181, 206, 273]);
  expect(tops.at(-1)).toBe(2 * DAY_PX + 2 * CARD_PX + CARD_WITH_REASON_PX);
});

test("only what is in sight is drawn", () => {
  const all = layout(Array(10_000).fill("d"), Array(10_000).fill(false));
  expect(inSight(all, 0, 700)).toEqual([0, 12]);
  const [from, to] = inSight(all, 300_000, 300_700);
  expect(all.tops[from]!).toBeLessThanOrEqual(300_000);
  expect(all.tops[from + 1]!).toBeGreaterThan(300_000);
  expect(to - from).toBeLessThan(14);
  expect(inSight(all, 1e9, 2e9)[1]).toBe(all.items.length);
  expect(inSight(layout([], []), 0, 100)).toEqual([0, 0]);
});

import { expect, test } from "vitest";

import type { Row } from "../lib/api";
import { DEFAULT_COLUMNS } from "../lib/url";
import { least, shownColumns, widths } from "./columns";

const FULL = { event: "a", status: "failure", occurred_in: "journey", object: "b", version: "1", element: "c", performed_by: "d", person: "e", interaction: "f", conversation: "g", time: "2026-11-30T09:00:00Z" } as unknown as Row;
const { person: _person, conversation: _conversation, performed_by: _by, ...fewer } = FULL as unknown as Record<string, string>;
const FEWER = fewer as unknown as Row;
const names = (...of: Parameters<typeof shownColumns>) => shownColumns(...of).map(({ name }) => name);

test("the element is shown where the reason keeps its room", () => {
  const more = [...DEFAULT_COLUMNS.slice(0, 5), "element", ...DEFAULT_COLUMNS.slice(5)];
  for (const px of [1_400, 1_440, 1_536, 1_760, 1_780, 1_920, 2_560]) expect(names(null, [FULL], px), String(px)).toEqual(more);
  for (const px of [720, 1_024, 1_280, 1_366]) expect(names(null, [FULL], px), String(px)).toEqual(DEFAULT_COLUMNS);
  // What no row has leaves its room.
  expect(names(null, [FEWER], 1_280)).toEqual(more);
});

test("the element stays whatever the rows have, where there is room for all columns", () => {
  const bare = { ...FULL, element: undefined } as unknown as Row;
  for (const rows of [[], [bare], [FULL], [FEWER]]) expect(names(null, rows, 1_400)).toContain("element");
  for (const rows of [[], [bare]]) expect(names(null, rows, 1_280)).toEqual(DEFAULT_COLUMNS);
});

test("the element is not shown among columns that were chosen", () => {
  expect(names(DEFAULT_COLUMNS.join(), [FULL], 1_920)).toEqual(DEFAULT_COLUMNS);
});

test("a table is as wide as its columns, and the reason and others have room", () => {
  const columns = [{ name: "event" }, { name: "person" }, { name: "attr.x" }, { name: "status", width: 300 }];
  expect(widths(columns, [FEWER], 1_440)).toEqual([142, 64, undefined, 300]);
  expect(least([142, 64, undefined, 300])).toBe(142 + 64 + 300 + 2 * 176);
});

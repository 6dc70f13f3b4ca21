// The columns that the log can show.

import type { Row } from "../lib/api";
import { IN_EVERY_ROW } from "../lib/columns";
import { readColumns, type ShownColumn } from "../lib/url";

/** The height of a row in px, as the styles have it. */
export const ROW = 32;

/** Widths of the usual columns in px: in a window below the first of `STEPS`, below the second, and in a wider one. */
const WIDTHS: Record<string, readonly number[]> = {
  event: [142, 142, 200], status: [104, 104, 106], occurred_in: [106, 122, 122], object: [112, 116, 160], version: [72, 78, 80], element: [100, 108, 140],
  performed_by: [90, 90, 110], person: [100, 118, 180], interaction: [94, 102, 170], conversation: [106, 106, 150], time: [166, 166, 166],
};
const STEPS = [1_430, 1_780];
/** What a column has that no row has: reasons need the room. */
const BARE_PX = 64;
/** What the last column, which tells the reason, has at the least, and each column without a usual width. */
const REASON_PX = 176;
/** What the window has beside the table. */
const SCROLL_BAR_PX = 12;

/** How wide each column is; undefined where it shares with the reason what is left. */
export function widths(columns: readonly ShownColumn[], rows: readonly Row[], window: number): (number | undefined)[] {
  const step = STEPS.filter((px) => window >= px).length;
  return columns.map(({ name, width }) => {
    const usual = WIDTHS[name]?.[step];
    return width ?? (usual !== undefined && rows.length > 0 && rows.every((row) => row[name] === undefined) ? BARE_PX : usual);
  });
}

/** How wide the table is at the least. */
export const least = (all: readonly (number | undefined)[]): number => all.reduce<number>((sum, width) => sum + (width ?? REASON_PX), REASON_PX);

/** The columns that are chosen; else the usual ones, with the element in a window that leaves the reason its room: there it stays, whatever the rows have. In a smaller one it is shown where rows have it and leave others bare. */
export function shownColumns(chosen: string | null, rows: readonly Row[], window: number): ShownColumn[] {
  const columns = readColumns(chosen);
  if (chosen) return columns;
  const more = columns.toSpliced(columns.findIndex(({ name }) => name === "version") + 1, 0, { name: "element" });
  const fits = (some: readonly Row[]) => least(widths(more, some, window)) <= window - SCROLL_BAR_PX;
  return fits([]) || (rows.some(({ element }) => element !== undefined) && fits(rows)) ? more : columns;
}

/** What the API is asked for beyond every row's columns. */
export const askedColumns = (columns: ShownColumn[]): string[] =>
  columns.map(({ name }) => name).filter((name) => !IN_EVERY_ROW.has(name));

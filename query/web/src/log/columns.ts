// The columns that the log can show.

import type { Row } from "../lib/api";
import { IN_EVERY_ROW } from "../lib/columns";
import type { ShownColumn } from "../lib/url";

/** The height of a row in px, as the styles have it. */
export const ROW = 32;

/** Classes with the widths of the usual columns. */
const CLASSES: Record<string, string> = {
  event: "c-event", status: "c-status", occurred_in: "c-ctx", object: "c-object", version: "c-version", performed_by: "c-by",
  person: "c-person", interaction: "c-inter", conversation: "c-conv", time: "c-time",
};

/** The class of a column's width. One that no row has is narrow, unless a width was chosen: reasons need the room. */
export function widthClass({ name, width }: ShownColumn, rows: readonly Row[]): string {
  const usual = CLASSES[name];
  if (usual === undefined) return "c-other";
  return width === undefined && rows.length > 0 && rows.every((row) => row[name] === undefined) ? `${usual} bare` : usual;
}

/** What the API is asked for beyond every row's columns. */
export const askedColumns = (columns: ShownColumn[]): string[] =>
  columns.map(({ name }) => name).filter((name) => !IN_EVERY_ROW.has(name));

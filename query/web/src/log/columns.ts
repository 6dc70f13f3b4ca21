// The columns that the log can show.

import type { Row } from "../lib/api";
import { DEFAULT_COLUMNS, type ShownColumn } from "../lib/url";

/** Further columns that are offered; any attribute can be named besides. */
export const FURTHER_COLUMNS = [
  "element", "channel", "duration", "service", "severity", "reason", "trace_id", "span_id", "parent", "element_type", "element_id", "object_id",
  "performed_by_type", "received",
];

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

/** What the API tells of each row without being asked. */
const IN_EVERY_ROW = new Set([...DEFAULT_COLUMNS, "element", "reason", "duration", "received", "time"]);

/** What the API is asked for beyond every row's columns. */
export const askedColumns = (columns: ShownColumn[]): string[] =>
  columns.map(({ name }) => name).filter((name) => !IN_EVERY_ROW.has(name));

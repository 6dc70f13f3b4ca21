// A value by what people call it: an address may have the label.

import { eventLabel, valueLabel } from "../lib/catalog.svelte";

const plain = (text: string): string => text.toLowerCase().replace(/[\s_-]+/g, " ").trim();

/** Whether a value of a column is meant by what is written in an address: itself, or its label. */
export function isCalled(column: string, value: string, written: string): boolean {
  if (value === written) return true;
  if (column === "version") return valueLabel(column, value) === written;
  if (column !== "event" && column !== "status" && column !== "occurred_in") return false;
  return [value, valueLabel(column, value), ...(column === "event" ? [eventLabel(value)] : [])].some((label) => plain(label) === plain(written));
}

// What is filtered, in words: for exports and for sharing.

import { columnLabel } from "../lib/words";
import { filters } from "../lib/url";

/** "last 24 hours, Status: Failure". `label` gives a value's words. */
export function filterWords(params: URLSearchParams, period: string, label: (column: string, value: string) => string): string {
  const parts = [period.replace(/^[A-Z]/, (letter) => letter.toLowerCase())];
  const q = params.get("q");
  if (q) parts.push(`search “${q}”`);
  const columns = new Map<string, { wanted: string[]; not: string[] }>();
  for (const { column, value, excluded, any } of filters(params)) {
    const of = columns.get(column) ?? { wanted: [], not: [] };
    if (any) of.wanted.push(excluded ? "none" : "any");
    else of[excluded ? "not" : "wanted"].push(label(column, value));
    columns.set(column, of);
  }
  for (const [column, { wanted, not }] of columns) {
    if (wanted.length > 0) parts.push(`${columnLabel(column)}: ${wanted.join(" or ")}`);
    if (not.length > 0) parts.push(`${columnLabel(column)} not ${not.join(" or ")}`);
  }
  return parts.join(", ");
}

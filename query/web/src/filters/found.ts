// Identifiers that are found by what people read out of them: their last characters, or their first.

import { api, type Page } from "../lib/api";
import { question } from "../lib/url";

/** Columns whose values are found by their ends. */
const BY_END = new Set(["person", "interaction", "conversation"]);
const LEAST = 4;
const LONGEST = 15;
const MOST = 8;
/** The newest events that are looked through. */
const NEWEST = 200;

/** What to search for, if a text may be a part of a column's identifiers. What stands before an ellipsis is not looked at. */
export function partOf(column: string, text: string): { q: string; part: string } | undefined {
  const part = text.trim().replace(/^.*…/, "");
  if (!BY_END.has(column) || part.length < LEAST || part.length > LONGEST || !/^[\w.-]+$/.test(part)) return undefined;
  const end = `${column}:*${part}`;
  return { part, q: text.includes("…") ? end : `${end} OR ${part}*` };
}

/** Those of a column's values that begin or end so, the newest first. */
export function fitting(values: readonly unknown[], part: string): string[] {
  const wanted = part.toLowerCase();
  const fits = (value: unknown): value is string => typeof value === "string" && (value.toLowerCase().endsWith(wanted) || value.toLowerCase().startsWith(wanted));
  return [...new Set(values.filter(fits))].slice(0, MOST);
}

/** Asks for the identifiers of the period that a text is a part of. */
export async function findIds(column: string, text: string, params: URLSearchParams, signal: AbortSignal): Promise<string[]> {
  const looked = partOf(column, text);
  if (!looked) return [];
  const asked = new URLSearchParams({ q: looked.q, limit: String(NEWEST) });
  for (const name of ["from", "to"]) if (params.has(name)) asked.set(name, question(params).get(name) ?? "");
  const { events } = await api.get<Page>("events", asked, signal);
  return fitting(events.map((row) => row[column]), looked.part);
}

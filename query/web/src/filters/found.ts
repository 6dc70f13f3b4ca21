// Identifiers that are found by what people read out of them: their last characters, or their first.

import { api, type Page } from "../lib/api";
import { BY_END, FEWEST_OF_END, MOST_OF_END, question, readValue, type FilterValue } from "../lib/url";

const LEAST = FEWEST_OF_END;
const LONGEST = 15;
const MOST = 8;
/** The newest events that are looked through. */
const NEWEST = 200;

/** What a filter is asked for by a text that was typed, and why that is not taken. A star is before the end of an identifier. */
export function typedValue(column: string, text: string): { value: Omit<FilterValue, "column">; problem?: string } {
  const value: Omit<FilterValue, "column"> = { ...readValue(text.replace(/^!/, "\\!"), column) };
  if (value.any) return { value: { value: "*", excluded: false }, problem: "A star alone is any value: press “Has a value”" };
  const ending = [...value.value].length - 1;
  if (value.ends && (ending < FEWEST_OF_END || ending > MOST_OF_END)) return { value, problem: `An end has ${FEWEST_OF_END} to ${MOST_OF_END} characters behind the star` };
  if (BY_END.has(column) && /[^\\]\*$/.test(text)) return { value, problem: "Write the whole ID, or a star and its end: *0041. The search box above finds it by its beginning too" };
  return { value };
}

/** What to search for, if a text may be a part of a column's identifiers. What stands before an ellipsis or a star is not looked at. */
export function partOf(column: string, text: string): { q: string; part: string } | undefined {
  const part = text.trim().replace(/^(?:.*…|\*)/, "");
  if (!BY_END.has(column) || part.length < LEAST || part.length > LONGEST || !/^[\w.-]+$/.test(part)) return undefined;
  const end = `${column}:*${part}`;
  return { part, q: /…|^\s*\*/.test(text) ? end : `${end} OR ${part}*` };
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

// What a search could go on with: columns, keys of attributes, values of a column, and what was searched for before.

import { api, type Facets } from "../lib/api";
import { SEARCH_COLUMNS, LIST_COLUMNS } from "../lib/columns";
import { number } from "../lib/format";
import { valueLabel } from "../lib/names";
import type { IconName } from "../lib/icons";
import { question } from "../lib/url";
import { columnLabel } from "../lib/words";
import { attributeKeys } from "./keys";
import { quoted } from "./literal";
import { recent } from "./recent";

export { recent };

export interface Suggestion {
  key: string;
  icon: IconName;
  label: string;
  note: string;
  /** The whole search once it is taken, and where the caret is then. */
  text: string;
  caret: number;
  /** It is a search of its own. */
  whole?: boolean;
}

/** Columns whose values have names that people know. */
const LABELLED = new Set(["event", "status", "occurred_in"]);
const MOST = 8;

/** The word that the caret is in: where it begins, what stands of it, and the column that it is a value of. */
export function wordAt(text: string, caret: number): { start: number; minus: string; column?: string; part: string } {
  const before = text.slice(0, caret);
  // Within quotes there are spaces, too.
  const read = /(?:^|[\s(])((-?)(?:([a-z_]+):)?(?:"((?:\\.|[^"\\])*)|([^\s():"]*)))$/.exec(before);
  if (!read) return { start: caret, minus: "", part: "" };
  const [, whole, minus, column, within, plain] = read;
  const part = within?.replace(/\\(.)/g, "$1") ?? plain;
  const start = caret - whole!.length;
  return column === undefined ? { start, minus: minus!, part: part! } : { start, minus: minus!, column, part: part! };
}

/** What can follow. */
export async function suggestions(text: string, caret: number, params: URLSearchParams, signal: AbortSignal): Promise<Suggestion[]> {
  if (text.trim() === "") {
    // They are there when somebody types.
    void attributeKeys();
    return recent.list().map((search) => ({ key: `r${search}`, icon: "history", label: search, note: "", text: search, caret: search.length, whole: true }));
  }
  const word = wordAt(text, caret);
  const put = (put: string, end: string) => {
    const head = text.slice(0, word.start) + word.minus + put + end;
    // The quote that closes what this takes the place of is gone with it.
    const rest = text.slice(caret).replace(text.slice(word.start, caret).includes('"') ? /^"/ : "", "");
    return { text: head + rest, caret: head.length };
  };
  if (word.column === undefined) {
    if (word.part.length === 0) return [];
    const fits = SEARCH_COLUMNS.filter((name) => name.startsWith(word.part.toLowerCase()) || columnLabel(name).toLowerCase().startsWith(word.part.toLowerCase()));
    const columns = fits.map((name): Suggestion => ({ key: name, icon: "list-filter", label: `${name}:`, note: columnLabel(name), ...put(name, ":") }));
    const wanted = word.part.toLowerCase().replace(/^attr\./, "");
    const keys = word.part.length < 2 ? [] : (await attributeKeys()).filter((key) => key.toLowerCase().includes(wanted));
    return [...columns, ...keys.map((key): Suggestion => ({ key: `attr.${key}`, icon: "list-filter", label: `attr.${key}:`, note: "Attribute", ...put(`attr.${key}`, ":") }))].slice(0, MOST);
  }
  if (!LIST_COLUMNS.has(word.column)) return [];
  const asked = question(params);
  for (const name of [...asked.keys()]) if (name !== "from" && name !== "to") asked.delete(name);
  asked.set("columns", word.column);
  asked.set("limit", String(MOST));
  // A version is shown with a v that it was not always sent with.
  const bare = word.column === "version" && /^v\d/.test(word.part) ? word.part.slice(1) : word.part;
  // Values are found by what people call them as well: all of those that have such names, or what the server finds.
  const labelled = LABELLED.has(word.column);
  if (bare !== "" && !labelled) asked.set("prefix", bare);
  if (labelled) asked.set("limit", "200");
  const { facets } = await api.get<Facets>("facets", asked, signal);
  const column = word.column;
  const part = word.part.toLowerCase();
  const fits = (value: string) => !labelled || [value, valueLabel(column, value)].some((text) => text.toLowerCase().includes(part));
  return (facets[column]?.values ?? []).filter(({ value }) => value !== "" && fits(value)).slice(0, MOST).map(({ value, count }) => {
    const label = valueLabel(column, value);
    return { key: `${column}:${value}`, icon: "check", label, note: label === value ? number(count) : `${value} · ${number(count)}`, ...put(`${column}:${quoted(value)}`, " ") };
  });
}

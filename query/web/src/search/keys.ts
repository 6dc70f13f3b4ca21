// The keys of attributes that can be searched by. Nothing lists all of them: those of recent events are offered.

import type { LogRecord } from "../details/tree";
import { api, type Page } from "../lib/api";

/** The newest events among which one of each name is looked into, and how many at the most. */
const NEWEST = 200;
const LOOKED_INTO = 12;

let known: Promise<string[]> | undefined;

/** The keys, in order; asked once for as long as the page is open. None where they cannot be had. */
export function attributeKeys(): Promise<string[]> {
  return (known ??= ask().catch(() => {
    known = undefined;
    return [];
  }));
}

async function ask(): Promise<string[]> {
  const { events } = await api.get<Page>("events", new URLSearchParams({ from: "0", limit: String(NEWEST) }));
  const ids = [...new Map(events.map(({ event, id }) => [event, id])).values()].slice(0, LOOKED_INTO);
  const told = await Promise.all(ids.map((id) => api.get<{ record: LogRecord }>(`events/${id}`, new URLSearchParams())));
  return keysOf(told.map(({ record }) => record));
}

/** The keys of records that can be written in a search. What fills a column is found by the column. */
export function keysOf(records: readonly LogRecord[]): string[] {
  const keys = records.flatMap(({ logRecord, resource }) => [...(logRecord?.attributes ?? []), ...(resource?.attributes ?? [])].map(({ key }) => key));
  return [...new Set(keys)].filter((key) => /^[\w.-]+$/.test(key) && !key.startsWith("steplog.")).sort();
}

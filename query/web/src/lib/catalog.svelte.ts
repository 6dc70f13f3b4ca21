// The known event names: what people call them.

import { SvelteMap } from "svelte/reactivity";

import { api } from "./api";
import { contextWord, statusWord, versionWord } from "./words";

interface KnownEvent {
  name: string;
  label: string;
  description: string;
}

const known = new SvelteMap<string, KnownEvent>();

/** Asks for the names once; without them events are called by the names that they were sent with. */
export async function learnNames(): Promise<void> {
  try {
    const { events } = await api.get<{ events: KnownEvent[] }>("catalog", new URLSearchParams());
    for (const event of events) known.set(event.name, event);
  } catch {
    // The page works without labels; what is wrong with the server is told where events are asked for.
  }
}

/** What an event name is called. */
export const eventLabel = (name: string | undefined): string => (name === undefined ? "–" : (known.get(name)?.label ?? name));

/** One sentence on a known event name. */
export const eventDescription = (name: string | undefined): string | undefined => (name === undefined ? undefined : known.get(name)?.description);

/** Known names that have a text in their label or in themselves. */
export function namesWith(text: string): string[] {
  const wanted = text.toLowerCase();
  return [...known.values()].filter(({ name, label }) => name.includes(wanted) || label.toLowerCase().includes(wanted)).map(({ name }) => name);
}

/** What people read for a column's value. */
export function valueLabel(column: string, value: string): string {
  if (column === "event") return eventLabel(value);
  if (column === "status") return statusWord(value).label;
  if (column === "occurred_in") return contextWord(value).label;
  if (column === "version") return versionWord(value);
  return value;
}

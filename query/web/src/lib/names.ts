// The known event names: asked for once, by whatever needs them first.

import { api } from "./api";
import { visible } from "./format";
import { contextWord, statusWord, versionWord } from "./words";

export interface KnownEvent {
  name: string;
  label: string;
  description: string;
  context?: string;
}

/** The names that were learnt. */
export const known = new Map<string, KnownEvent>();

/** How many names have a label. */
const sharing = new Map<string, number>();

let asked: Promise<void> | undefined;

/** Learns the names; without them events are called by the names that they were sent with. Never fails. */
export function learn(): Promise<void> {
  asked ??= api.get<{ events: KnownEvent[] }>("catalog", new URLSearchParams()).then(
    ({ events }) => {
      for (const event of events) {
        if (!known.has(event.name)) sharing.set(event.label, (sharing.get(event.label) ?? 0) + 1);
        known.set(event.name, event);
      }
    },
    // The page works without labels; what is wrong with the server is told where events are asked for.
    () => {},
  );
  return asked;
}

/** What an event name is called. */
export const eventLabel = (name: string | undefined): string => (name === undefined ? "–" : (known.get(name)?.label ?? visible(name)));

/** The same where nothing stands beside it: with its context, if others have the same label. */
export function eventAlone(name: string): string {
  const event = known.get(name);
  if (!event?.context || (sharing.get(event.label) ?? 0) < 2) return eventLabel(name);
  return `${event.label}, ${contextWord(event.context).label}`;
}

/** One sentence on a known event name. */
export const eventDescription = (name: string | undefined): string | undefined => (name === undefined ? undefined : known.get(name)?.description);

/** What people read for a column's value; of a name of blanks alone, the blanks. */
export function valueLabel(column: string, value: string): string {
  if (column === "event") return eventAlone(value);
  if (column === "status") return statusWord(value).label;
  if (column === "occurred_in") return contextWord(value).label;
  if (column === "version") return versionWord(value);
  return visible(value).replace(/^\s+$/, (blanks) => "␣".repeat(blanks.length));
}

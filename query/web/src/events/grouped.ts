// The known events by where they occur, and which of them a text finds.

import type { KnownEvent } from "../lib/names";
import { CONTEXTS } from "../lib/words";

/** Those that have all words of the text in label, name or description, in the order of the contexts. */
export function grouped(all: readonly KnownEvent[], text: string): { context: string; events: KnownEvent[] }[] {
  const wanted = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const groups = new Map<string, KnownEvent[]>(Object.keys(CONTEXTS).map((context) => [context, []]));
  for (const event of all) {
    const said = `${event.label} ${event.name} ${event.description} ${event.context ?? ""}`.toLowerCase();
    if (!wanted.every((word) => said.includes(word))) continue;
    const context = event.context ?? "";
    groups.set(context, [...(groups.get(context) ?? []), event]);
  }
  return [...groups].filter(([, events]) => events.length > 0).map(([context, events]) => ({ context, events }));
}

// The known event names for what is drawn again when they are learnt.

import * as names from "./names";
import { learnLinks, outTemplates } from "./out";

/** Counts up when names were learnt that were not there before. */
let turn = $state(0);

/** Asks for the names once. */
export async function learnNames(): Promise<void> {
  const before = [names.known.size, outTemplates().length];
  await Promise.all([names.learn(), learnLinks()]);
  if (names.known.size !== before[0] || outTemplates().length !== before[1]) turn += 1;
}

/** Changes when names were learnt. */
export const namesTurn = (): number => turn;

/** What an event name is called. */
export function eventLabel(name: string | undefined): string {
  void turn;
  return names.eventLabel(name);
}

/** One sentence on a known event name. */
export function eventDescription(name: string | undefined): string | undefined {
  void turn;
  return names.eventDescription(name);
}

/** Known names that have a text in their label or in themselves. */
export function namesWith(text: string): string[] {
  void turn;
  const wanted = text.toLowerCase();
  return [...names.known.values()].filter(({ name }) => name.includes(wanted) || names.eventAlone(name).toLowerCase().includes(wanted)).map(({ name }) => name);
}

/** What people read for a column's value. */
export function valueLabel(column: string, value: string): string {
  void turn;
  return names.valueLabel(column, value);
}

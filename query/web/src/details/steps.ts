// Where an event is among the steps of its interaction.

import { api } from "../lib/api";

/** The steps before and after an event. */
export interface Steps {
  /** From 1. */
  at: number;
  of: number;
  /** The interaction has more than were read. */
  more: boolean;
  previous?: string;
  next?: string;
  /** What the event began: how long it took, or that it has not ended. */
  began?: { took?: number; open: boolean };
}

interface Answer {
  events: { id: string }[];
  spans: { start: string; finish: string | null; duration_nanos: number | null }[];
  outcome: { finished: boolean };
  complete?: boolean;
}

/** The last interaction, so that walking through it asks once. */
let last: { interaction: string; ids: string[]; more: boolean; read: number; began: Map<string, Steps["began"]> } | undefined;

/** For how long what was read is taken as still true, in milliseconds. */
const FRESH_MS = 15_000;

/** Finds an event among those of its interaction; `undefined` where it cannot be told. */
export async function stepsAround(interaction: string, id: string, signal: AbortSignal): Promise<Steps | undefined> {
  if (last?.interaction !== interaction || !last.ids.includes(id) || Date.now() - last.read > FRESH_MS) {
    const { events, spans, outcome, complete } = await api.get<Answer>(`interactions/${encodeURIComponent(interaction)}`, new URLSearchParams(), signal);
    const began = new Map(spans.map(({ start, finish, duration_nanos: took }) => [start, { open: finish === null && !outcome.finished, ...(took === null ? {} : { took }) }]));
    last = { interaction, ids: events.map((event) => event.id), more: complete === false, read: Date.now(), began };
  }
  const found = among(last.ids, id, last.more);
  return found && { ...found, began: last.began.get(id) };
}

/** The place of an id in a list. */
export function among(ids: readonly string[], id: string, more: boolean): Steps | undefined {
  const at = ids.indexOf(id);
  return at < 0 ? undefined : { at: at + 1, of: ids.length, more, previous: ids[at - 1], next: ids[at + 1] };
}

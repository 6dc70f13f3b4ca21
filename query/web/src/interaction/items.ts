// From the answer to what the lanes draw.

import { visible } from "../lib/format";
import { nanos } from "../lib/time";
import { isFailure } from "../lib/words";
import type { Interaction, Lane } from "./answer";
import type { Item } from "./lanes";

/** The moments of an interaction in milliseconds since it began. */
export interface Moments {
  /** By event. */
  of: Map<string, number>;
  times: number[];
  end: number;
}

/** Milliseconds from the start of an interaction, to the nanosecond as far as numbers reach. */
export function sinceStart(told: Pick<Interaction, "started">): (time: string) => number {
  const start = nanos(told.started);
  return (time) => Number(nanos(time) - start) / 1e6;
}

export function moments(told: Interaction): Moments {
  const since = sinceStart(told);
  const times = told.events.map(({ time }) => since(time));
  return { of: new Map(told.events.map(({ id }, at) => [id, times[at]!])), times, end: times.at(-1) ?? 0 };
}

/** Names of events that only wait. */
const WAITS = /\b(wait|pause|delay|queued?)\b/;

/** What each lane draws, in the order of the lanes: spans, and the events that are not an end of one. */
export function laneItems(told: Interaction, { of, end }: Moments, label: (event: string | undefined) => string): Item[][] {
  const lanes: Item[][] = told.lanes.map(() => []);
  const ends = new Set<string>();
  for (const span of told.spans) {
    const from = of.get(span.start);
    if (from === undefined) continue;
    ends.add(span.start);
    if (span.finish !== null) ends.add(span.finish);
    lanes[span.lane]?.push({
      id: span.finish !== null && isFailure(span.status ?? undefined) ? span.finish : span.start,
      from,
      to: span.finish === null ? end : of.get(span.finish),
      name: nameOf(span, told.lanes[span.lane], label),
      status: span.status ?? undefined,
      durationNanos: span.duration_nanos ?? undefined,
      waits: WAITS.test((span.event ?? "").replaceAll(/[._]/g, " ")),
      open: span.open,
    });
  }
  for (const step of told.events) {
    if (!ends.has(step.id)) lanes[step.lane]?.push(single(step, of.get(step.id) ?? 0, label));
  }
  for (const items of lanes) items.sort((one, next) => one.from - next.from);
  return lanes;
}

/** An event alone: its own duration, where it tells one, makes it a span that ended then. */
function single(step: Interaction["events"][number], at: number, label: (event: string | undefined) => string): Item {
  const took = step.duration_nanos;
  const named = step.element === undefined ? label(step.event) : visible(step.element);
  const common = { id: step.id, name: named, status: step.status, waits: false, open: false };
  return took === undefined || took <= 0 ? { ...common, from: at } : { ...common, from: Math.max(0, at - took / 1e6), to: at, durationNanos: took };
}

/** Starts of the whole that a lane is of: its first step lends them no name. */
export const WHOLE = /^(journey\.started|chatbot\.session\.started|ai_agent\.started|conversation\.created)$/;

function nameOf(span: Interaction["spans"][number], lane: Lane | undefined, label: (event: string | undefined) => string): string {
  if (WHOLE.test(span.event ?? "")) return visible(lane?.object ?? began(label(span.event ?? undefined)));
  return visible(span.element ?? began(label(span.event ?? undefined)));
}

/** The name of a start as the name of what it starts: "Session started" is a session. */
const began = (label: string): string => label.replace(/ (started|began|queued|asked|pending)$/, "");

// What the API says of one interaction.

import type { Row } from "../lib/api";

/** A step: a row, and the lane that it belongs to. */
export interface Step extends Row {
  lane: number;
}

/** All that happened in one context, object and version. */
export interface Lane {
  context: string | null;
  object: string | null;
  version: string | null;
  events: number;
  failures: number;
}

/** Something that took time, from its start to its finish. */
interface Span {
  lane: number;
  start: string;
  finish: string | null;
  from: string;
  to: string | null;
  duration_nanos: number | null;
  open: boolean;
  event?: string | null;
  status?: string | null;
  object?: string | null;
  element?: string | null;
}

/** A stretch in which nothing happened. */
interface Gap {
  /** The event before it. */
  after: string;
  from: string;
  to: string;
  nanos: number;
}

/** Who says something, or hears it. */
export interface Party {
  role: string;
  name: string | null;
}

/** One message, and how far it came. */
export interface Message {
  id: string;
  time: string;
  from: Party;
  to: Party | null;
  channel: string | null;
  /** `words`, `tool_call` or `tool_result`. */
  kind?: string;
  /** The tool that is called, or whose result it is. */
  tool?: string | null;
  text: string;
  delivery: string | null;
  delivery_time: string | null;
  delivery_event: string | null;
  reason: string | null;
}

export interface Interaction {
  interaction: string;
  complete: boolean;
  next: string | null;
  prev: string | null;
  outcome: { finished: boolean; failures: number; last_status: string | null };
  started: string;
  ended: string;
  took_nanos: number;
  busy_nanos: number;
  first_failure: { id: string; place: number } | null;
  people: string[];
  conversations: string[];
  contexts: string[];
  objects: { object: string; version?: string; occurred_in?: string }[];
  versions: { object: string; version?: string; occurred_in?: string }[];
  lanes: Lane[];
  gaps: Gap[];
  spans: Span[];
  messages: Message[];
  /** Steps of agents and models whose records do not hold what was said. */
  unrecorded?: number;
  events: Step[];
}

// The columns of one event as the panel lists them: the eleven of the log first, whether filled or not, then
// whatever else the event has.

import { columnsAt, isFilter } from "../lib/columns";
import type { LogRecord } from "./tree";

/** A whole event, as `GET /api/v1/events/{id}` gives it. */
export interface EventDetails {
  id: string;
  seq: number;
  time: string;
  received: string;
  time_source?: string;
  duration_nanos?: number;
  derived: Record<string, string>;
  flags: string[];
  record: LogRecord;
  links: EventLink[];
  /** What is said in it, where it is a message. */
  said?: string;
  event?: string;
  status?: string;
  occurred_in?: string;
  object?: string;
  element?: string;
  interaction?: string;
  reason?: string;
  [column: string]: unknown;
}

/** A link into another system, made from a template of the settings. */
interface EventLink {
  kind: string;
  label: string;
  url: string;
}

/** A line of the panel. */
export interface Line {
  /** The column's name in the grammar; of the last lines, a name of our own. */
  column: string;
  value?: string;
  /** From what the value was derived. */
  rule?: string;
  /** The log can be filtered by it. */
  filter: boolean;
  /** For who looks into the machine: shown when asked for. */
  machine?: boolean;
}

const [ALWAYS, FURTHER, MACHINE] = [columnsAt("log"), columnsAt("after"), columnsAt("machine")];
/** Shown beside another column, not in a line of their own. */
const BESIDE = new Set(columnsAt("beside"));
const NO_COLUMN = new Set(["id", "seq", "time", "received", "time_source", "duration_nanos", "derived", "flags", "record", "links", "said", "snippet"]);

const text = (value: unknown) => (value === undefined || value === null ? undefined : String(value));

/** The lines of an event, in order. */
export function lines(event: EventDetails): Line[] {
  const line = (column: string): Line => ({ column, value: text(event[column]), rule: event.derived[column], filter: isFilter(column) });
  const others = Object.keys(event).filter((name) =>
    !ALWAYS.includes(name) && !FURTHER.includes(name) && !MACHINE.includes(name) && !BESIDE.has(name) && !NO_COLUMN.has(name));
  const given = (columns: string[]) => columns.map(line).filter((one) => one.value !== undefined);
  const machine = [...given(MACHINE), ...lastLines(event)].map((one) => ({ ...one, machine: true }));
  return [...ALWAYS.map(line), ...timeLines(event), ...given([...FURTHER, ...others]), ...machine];
}

function timeLines(event: EventDetails): Line[] {
  const source = event.time_source;
  const rule = source === undefined || source === "record" ? undefined : `the ${source.replaceAll("_", " ")} time`;
  const out: Line[] = [{ column: "time", value: event.time, rule, filter: false }];
  if (event.duration_nanos !== undefined) {
    out.push({ column: "duration", value: String(event.duration_nanos), rule: event.derived["duration"], filter: false });
  }
  return out;
}

function lastLines(event: EventDetails): Line[] {
  const out: Line[] = [{ column: "received", value: event.received, filter: false }];
  if (event.flags.length > 0) out.push({ column: "flags", value: event.flags.join(", ").replaceAll("_", " "), filter: false });
  out.push({ column: "id", value: event.id, filter: false });
  return out;
}

/** A derived value's source in a few words: attributes without where they lie; guesses as such. */
export function fromWhat(rule: string): { short: string; whole: string } {
  const short = rule.replace(/^derived:\s*/, "").replace(/\s*\((resource|scope|record|body)\)/g, "").replace(/\s*\(derived\)|,?\s*derived$/g, "").trim();
  return { short: short === "" ? "derived" : `derived from ${short}`, whole: `Derived: ${rule}` };
}

/** Bytes in two or three figures. */
export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  const units = ["KB", "MB", "GB"];
  let value = count / 1_000;
  let at = 0;
  while (value >= 1_000 && at < units.length - 1) {
    value /= 1_000;
    at += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[at]}`;
}

// One sentence on an interaction, made from columns alone.

import { settled, type Part } from "../details/sentence";
import { duration } from "../lib/format";
import { between, millis } from "../lib/time";
import { isFailure } from "../lib/words";
import type { Interaction, Step } from "./answer";
import { WHOLE } from "./items";

const NOUNS: Record<string, string> = { journey: "journey", chatbot: "chatbot", ai_agent: "AI agent", conversation: "conversation", message: "message" };

const plain = (text: string): Part => ({ text, tone: "plain" });
const name = (text: string): Part => ({ text, tone: "name" });

/** What an interaction waits for, and for how long. */
export interface Waiting {
  nanos: number;
  /** The element that it waits at. */
  at?: string;
}

/** Less than this is no waiting. */
const WAITS_MS = 60_000;

/** What has begun and not ended, in an interaction that has not ended either; nothing where it only just went on. */
export function waiting(told: Interaction, now: number): Waiting | undefined {
  if (told.outcome.finished || told.next !== null) return undefined;
  const open = told.spans.filter((span) => span.open && !WHOLE.test(span.event ?? "")).at(-1);
  const ms = now - millis(open?.from ?? told.ended);
  if (ms < WAITS_MS) return undefined;
  return open?.element ? { nanos: ms * 1e6, at: open.element } : { nanos: ms * 1e6 };
}

/** Says where it first failed, how it ended, and what it waits for. */
export function headline(told: Interaction, label: (event: string | undefined) => string, now: number): Part[] {
  const first = told.first_failure === null ? undefined : told.events[told.first_failure.place];
  const parts = first ? failed(told, first, label) : smooth(told);
  const waits = waiting(told, now);
  if (!waits) return parts;
  return [...parts, plain(` ${waits.at ? "It has waited for " : "Nothing has happened for "}${duration(waits.nanos)}`), ...(waits.at ? [plain(" at "), name(waits.at)] : []), plain(".")];
}

/** The subject of a sentence: where a step happened. */
function subject(step: Pick<Step, "occurred_in" | "object"> | undefined): Part[] {
  const noun = Object.hasOwn(NOUNS, step?.occurred_in ?? "") ? NOUNS[step!.occurred_in!] : undefined;
  if (step?.object) return [plain(noun ? `The ${noun} ` : ""), name(step.object)];
  return [plain(noun ? `The ${noun}` : "This interaction")];
}

function failed(told: Interaction, first: Step, label: (event: string | undefined) => string): Part[] {
  const many = told.outcome.failures > 1;
  const verb = first.status === "timed_out" ? "timed out" : "failed";
  const reason = (first.reason ?? "").replace(/\s+/g, " ").trim().replace(/\.$/, "");
  const tone = first.status === "timed_out" ? "late" as const : "bad" as const;
  const how = `${many ? "first " : ""}${verb}`;
  const parts: Part[] = [...subject(first), plain(" ")];
  // Where it failed is the element; an event without one says only how.
  if (first.element) parts.push(plain(`${how} at `), { text: first.element, tone });
  else if (reason !== "") parts.push({ text: how, tone });
  else parts.push(plain(`${how} at `), { text: label(first.event), tone });
  if (reason !== "") parts.push(plain(/^(HTTP \d|[A-Z][A-Z0-9_]+$|\d+$)/.test(reason) ? ` with ${shortened(reason)}` : `: ${shortened(reason)}`));
  return settled([...parts, ...ending(told, first)]);
}

/** A reason that is cut ends with a word. */
const shortened = (text: string): string => (text.length > 90 ? `${text.slice(0, 89).replace(/\s+\S{1,24}$/, "")}…` : text);

function ending(told: Interaction, first: Step): Part[] {
  const last = told.events.at(-1);
  const later = between(first.time, told.ended);
  if (!last || last.id === first.id) return [plain(told.outcome.finished ? ", and ended there." : ", and nothing has happened since.")];
  const after = later < 1e6 ? "" : ` ${duration(later)} later`;
  if (!told.outcome.finished) return [plain(`. Its last step so far came${after === "" ? " at once" : after}.`)];
  // What failed need not be what ended.
  const what = last.occurred_in === first.occurred_in && last.object === first.object ? "" : ` the ${last.occurred_in === "conversation" ? "conversation" : "interaction"}`;
  const how = `, and${what} ended${isFailure(last.status) ? " in a failure" : ""}`;
  if (last.performed_by && last.performed_by_type === "agent") return [plain(`${how}${after} with `), name(last.performed_by), plain(".")];
  return last.object && last.object !== first.object ? [plain(`${how}${after} in `), name(last.object), plain(".")] : [plain(`${how}${after}.`)];
}

function smooth(told: Interaction): Part[] {
  const count = told.events.length;
  const steps = count === 1 ? "one step" : `${count.toLocaleString("en")} steps`;
  const others = new Set(told.lanes.map(({ object }) => object)).size - 1;
  const through = others > 0 ? ` and ${others} other${others === 1 ? "" : "s"}` : "";
  const time = told.took_nanos > 0 ? ` in ${duration(told.took_nanos)}` : "";
  return [...subject(told.events[0]), plain(`${through} went through ${steps}${time} without a failure${told.outcome.finished ? "" : " so far"}.`)];
}

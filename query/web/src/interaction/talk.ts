// The transcript: messages, and between them what explains them.

import { counted, duration, shortId } from "../lib/format";
import { between } from "../lib/time";
import { isFailure } from "../lib/words";
import type { IconName } from "../lib/icons";
import type { Interaction, Message, Party, Step } from "./answer";

/** A line of the transcript. */
export type Line =
  | { kind: "message"; id: string; time: string; message: Message }
  | { kind: "note"; id?: string; time: string; text: string; tone: "" | "failure" | "timed_out"; icon?: IconName };

/** Who did it, where that is a person of the team: the inbox itself takes nobody over. */
const colleague = (step: Step): string | undefined => (step.performed_by_type === "system" ? undefined : step.performed_by);

/** What is said of events between messages, besides failures. */
const NOTES: Record<string, (step: Step) => string> = {
  "ai_agent.guardrail.triggered": (step) => `Guardrail triggered${step.element ? `: ${step.element}` : ""}`,
  "ai_agent.handed_over": () => "Handed over to a person",
  "chatbot.transferred": () => "The chatbot passed the talk on",
  "journey.transferred": () => "The journey passed the talk to a colleague",
  "conversation.queued": () => "Waiting for a colleague",
  "conversation.assigned": (step) => `${colleague(step) ?? "A colleague"} took over`,
  "conversation.transferred": (step) => (step.element ? `Passed on to ${step.element}` : "Passed on"),
  "conversation.closed": (step) => (colleague(step) ? `Conversation closed by ${colleague(step)}` : "Conversation closed"),
  "conversation.reopened": () => "Conversation opened again",
  "journey.message.skipped": (step) => `Message left out${step.reason ? `: ${step.reason}` : ""}`,
};

/** The lines in order. `label` is what an event name is called. */
export function lines(told: Interaction, label: (event: string | undefined) => string): Line[] {
  const said = new Set(told.messages.map(({ id }) => id));
  const shown: { line: Line; place: number }[] = [];
  const places = new Map(told.events.map(({ id }, place) => [id, place]));
  for (const message of told.messages) {
    shown.push({ place: places.get(message.id) ?? 0, line: { kind: "message", id: message.id, time: message.time, message } });
  }
  for (const [place, step] of told.events.entries()) {
    const line = said.has(step.id) ? undefined : note(step, label);
    if (line) shown.push({ place, line });
  }
  for (const gap of told.gaps) {
    const place = places.get(gap.after);
    if (place !== undefined) shown.push({ place: place + 0.5, line: { kind: "note", time: gap.to, text: "", tone: "" } });
  }
  shown.sort((one, next) => one.place - next.place);
  return trimmed(folded(shown.map(({ line }) => line)));
}

function note(step: Step, label: (event: string | undefined) => string): Line | undefined {
  const { id, time, event = "", status } = step;
  if (isFailure(status)) {
    const what = step.element ? `${step.element} ${status === "timed_out" ? "timed out" : "failed"}` : label(step.event);
    return { kind: "note", id, time, text: step.reason ? `${what}, ${step.reason}` : what, tone: status === "timed_out" ? "timed_out" : "failure", icon: status === "timed_out" ? "clock-alert" : "octagon-x" };
  }
  if (!Object.hasOwn(NOTES, event)) return undefined;
  return { kind: "note", id, time, text: NOTES[event]!(step), tone: "", icon: status === "skipped" ? "skip-forward" : undefined };
}

/** The same again and again, with nothing said between, is one line that tells how often. */
function folded(all: Line[]): Line[] {
  const out: Line[] = [];
  const runs = new Map<Line, { count: number; last: string }>();
  for (const line of all) {
    const before = out.at(-1);
    const run = before && runs.get(before);
    if (before && run && line.kind === "note" && before.kind === "note" && line.id !== undefined && line.text === before.text && line.tone === before.tone) {
      runs.set(before, { count: run.count + 1, last: line.time });
      continue;
    }
    out.push(line);
    runs.set(line, { count: 1, last: line.time });
  }
  return out.map((line) => {
    const { count, last } = runs.get(line)!;
    return line.kind === "note" && count > 1 ? { ...line, text: `${line.text}, ${counted(count, "time")} in ${duration(between(line.time, last))}` } : line;
  });
}

/** Idle time says something only between two lines, and once: how long after the one the other came. */
function trimmed(all: Line[]): Line[] {
  const idle = (line: Line | undefined) => line?.kind === "note" && line.id === undefined;
  const kept = all.filter((line, at) => !idle(line) || (at > 0 && !idle(all[at + 1])));
  while (idle(kept.at(-1))) kept.pop();
  while (idle(kept[0])) kept.shift();
  return kept.map((line, at) => (idle(line) ? { ...line, text: `${duration(between(kept[at - 1]!.time, kept[at + 1]!.time))} later` } as Line : line));
}

const ROLES: Record<string, string> = { person: "Person", bot: "bot", ai_agent: "AI agent", agent: "colleague", tool: "tool", system: "automatic" };

/** Who says it, as people read it; of several persons each by the end of the name. */
export function who(message: Message, several = false): string {
  const { role } = message.from;
  const name = role === "tool" ? (message.tool ?? null) : message.from.name;
  if (role === "person") return several && name ? `Person ${shortId(name)}` : "Person";
  const what = role === "system" && message.channel ? channelWord(message.channel) : Object.hasOwn(ROLES, role) ? ROLES[role]! : role;
  return name ? `${name} · ${what}` : what.charAt(0).toUpperCase() + what.slice(1);
}

const CHANNELS: Record<string, string> = { sms: "SMS", email: "Email", whatsapp: "WhatsApp", rcs: "RCS", voice: "Voice", push: "Push", web: "Web chat", webchat: "Web chat", chat: "Chat" };

/** A channel as people read it. */
export function channelWord(channel: string): string {
  const words = channel.replace(/[_-]+/g, " ").trim();
  return CHANNELS[words.toLowerCase().replaceAll(" ", "")] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

const DELIVERIES: Record<string, { word: string; icon: IconName }> = {
  accepted: { word: "Accepted", icon: "loader" }, sent: { word: "Sent", icon: "check" }, delivered: { word: "Delivered", icon: "check-check" },
  seen: { word: "Seen", icon: "check-check" }, clicked: { word: "Clicked", icon: "check-check" }, failed: { word: "Not delivered", icon: "octagon-x" },
};

/** How far a message came, in a word and a drawing. */
export const deliveryWord = (delivery: string): { word: string; icon: IconName } => DELIVERIES[delivery] ?? { word: delivery, icon: "circle-question-mark" };

/** Whether the person says it. */
export const fromPerson = ({ role }: Party): boolean => role === "person";

/** Whether programs talk to each other: a tool is called, or answers. */
export const byMachine = ({ kind, from }: Message): boolean => kind === "tool_call" || kind === "tool_result" || from.role === "tool";

/** JSON as people read it: a line for each key. What is no JSON stays as it is. */
function plainly(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return said(JSON.parse(text, asWritten));
  } catch {
    return text;
  }
}

/** A number as it was sent: 1.10 is no 1.1, and a long one loses no digits. */
const asWritten = (_: string, value: unknown, context?: { source?: string }): unknown => (typeof value === "number" ? (context?.source ?? value) : value);

function said(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const deep = (part: unknown) => (typeof part === "object" && part !== null && Object.values(part).some((one) => typeof one === "object" && one !== null) ? JSON.stringify(part) : said(part).replaceAll("\n", ", "));
  if (Array.isArray(value)) return value.every((part) => typeof part !== "object" || part === null) ? value.join(", ") : value.map(deep).join("\n");
  return Object.entries(value).map(([key, part]) => `${key.replaceAll("_", " ")}: ${deep(part)}`).join("\n");
}

/** What is said; of a tool that is called, which and with what. */
export function words(message: Message): string {
  const text = byMachine(message) ? plainly(message.text) : message.text;
  if (message.kind !== "tool_call") return text;
  return `Calls ${message.tool ?? "a tool"}${text === "" ? "" : text.includes("\n") ? `\n${text}` : `: ${text}`}`;
}

/** The transcript as a text to copy. */
export function asText(all: readonly Line[], time: (text: string) => string, several = false): string {
  const line = (one: Line) => {
    if (one.kind === "note") return one.id === undefined ? `      ${one.text}` : `${time(one.time)} (${one.text})`;
    const delivery = one.message.delivery ? ` [${deliveryWord(one.message.delivery).word}]` : "";
    return `${time(one.time)} ${who(one.message, several)}${delivery}: ${words(one.message)}`;
  };
  return all.map(line).join("\n");
}

// One sentence of what happened, made from columns alone: never from free text of the payload.

import { CLAUSES } from "./clauses";

/** A piece of the sentence. Names are what the event's columns say; bad and late say how it ended. */
export interface Part {
  text: string;
  tone: "plain" | "name" | "bad" | "late";
}

/** The columns that a sentence is made of. */
export interface Told {
  event?: string;
  status?: string;
  occurred_in?: string;
  object?: string;
  element?: string;
  reason?: string;
}

const NOUNS: Record<string, string> = {
  journey: "journey", chatbot: "chatbot", agent: "AI agent", ai_agent: "AI agent",
  message: "message", conversation: "conversation in",
};

const plain = (text: string): Part => ({ text, tone: "plain" });
const name = (text: string): Part => ({ text, tone: "name" });

/** The longest reason that the sentence takes over whole. */
const REASON_CHARS = 120;

/**
 * Says what happened. `label` is the event's name as people read it, `took` its duration in words, where known.
 */
export function sentence(event: Told, label: string, took?: string): Part[] {
  const known = event.event !== undefined && Object.hasOwn(CLAUSES, event.event) ? CLAUSES[event.event] : undefined;
  const [clause, noun] = (known ?? unknownClause(event)).split("|");
  const parts = fill(clause!, event, label);
  parts.push(...ending(event, noun ?? "it", known !== undefined, took));
  return settled(joined(parts));
}

function unknownClause(event: Told): string {
  const noun = Object.hasOwn(NOUNS, event.occurred_in ?? "") ? NOUNS[event.occurred_in!] : undefined;
  const place = event.object === undefined ? "" : noun ? ` in the ${noun.replace(/ in$/, "")} {object}` : " in {object}";
  return `{label}${place}{at}`;
}

function fill(clause: string, event: Told, label: string): Part[] {
  const parts: Part[] = [];
  for (const piece of clause.split(/(\{[^}]+\})/)) {
    const slot = /^\{([^}:]+)(:in)?\}$/.exec(piece);
    if (slot) parts.push(...filled(slot[1]!, slot[2] !== undefined, event, label));
    else if (piece !== "") parts.push(plain(piece));
  }
  return parts;
}

function filled(slot: string, within: boolean, event: Told, label: string): Part[] {
  if (slot === "label") return [name(label)];
  if (slot === "object") return [name(event.object ?? "")];
  if (slot === "element") return event.element ? [name(event.element)] : [plain("without a name")];
  if (slot === "at") return event.element ? [plain(" at "), name(event.element)] : [];
  const noun = NOUNS[slot] ?? slot;
  if (event.object) return [plain(`${within ? "the" : "The"} ${noun} `), name(event.object)];
  const bare = noun.replace(/ in$/, "");
  const article = /^[AEIOU]/i.test(bare) ? "an" : "a";
  return [plain(`${within ? article : article[0]!.toUpperCase() + article.slice(1)} ${bare}`)];
}

function ending(event: Told, noun: string, known: boolean, took?: string): Part[] {
  const after = took === undefined ? "." : ` after ${took}.`;
  const reason = tidy(event.reason);
  const told = (verb: string, tone: Part["tone"]) =>
    [plain(known ? `, and ${noun} ` : "; it "), { text: verb + because(reason), tone }, plain(after)];
  switch (event.status) {
    case "failure": return told("failed", "bad");
    case "timed_out": return told("timed out", "late");
    case "skipped": return told("was skipped", "name");
    case "cancelled": return told("was cancelled", "name");
    default: return [plain(took === undefined || event.status === "in_progress" ? "." : `. It took ${took}.`)];
  }
}

/** After what was cut no stop is wanted. */
export const settled = (parts: Part[]): Part[] =>
  parts.map((part, at) => (parts[at - 1]?.text.endsWith("…") && part.text.startsWith(".") ? { ...part, text: part.text.slice(1) } : { ...part, text: part.text.replaceAll("….", "…") }));

function tidy(reason?: string): string {
  const line = (reason ?? "").replace(/\s+/g, " ").trim().replace(/\.$/, "");
  return line.length > REASON_CHARS ? `${line.slice(0, REASON_CHARS - 1).replace(/\s+\S{1,24}$/, "")}…` : line;
}

/** A code reads on ("failed with HTTP 503"), words are set off ("failed: no consent"). */
function because(reason: string): string {
  if (reason === "") return "";
  return /^(HTTP \d|[A-Z][A-Z0-9_]+$|\d+$|error\b)/.test(reason) ? ` with ${reason}` : `: ${reason}`;
}

/** Neighbours of one tone become one part. */
function joined(parts: Part[]): Part[] {
  const out: Part[] = [];
  for (const part of parts) {
    const last = out.at(-1);
    if (last && last.tone === part.tone) last.text += part.text;
    else if (part.text !== "") out.push({ ...part });
  }
  return out;
}

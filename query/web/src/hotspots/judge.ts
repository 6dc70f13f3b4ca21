// What is said of rates: how dark a cell is, which versions are compared, and the sentence on top.

import type { Part } from "../details/sentence";
import { percent } from "../lib/format";
import type { IconName } from "../lib/icons";
import { versionWord } from "../lib/words";
import type { Comparison, ElementStats, ObjectStats, Stats, VersionStats } from "./answer";

/** Below this many events a rate says little. */
export const FEW_EVENTS = 30;

const HEAT = [0.25, 0.1, 0.025, 0.007];

/** The class of a rate's cell, from h4, the darkest, to h1; none for rates of few events and for low ones. */
export function heat(stats: Stats | null): string {
  if (stats === null || stats.events < FEW_EVENTS) return "";
  const at = HEAT.findIndex((least) => stats.rate >= least);
  return at < 0 ? "" : `h${4 - at}`;
}

/** Whether a rate of an object stands out. */
export const bad = (stats: Stats): boolean => stats.rate >= 0.01 && stats.failures > 0;

/** Whether a duration grew so much that it is worth a look: twice, and by more than a tenth of a second. */
export function slower(a: number | null | undefined, b: number | null | undefined): boolean {
  return typeof a === "number" && typeof b === "number" && b > 2 * a && b - a > 1e8;
}

const natural = new Intl.Collator("en", { numeric: true });

/** Whether a version is newer than another: it ran after it, or, where both ran at once, by its name. */
function newer(one: VersionStats, other: VersionStats): number {
  if (one.last < other.first) return 1;
  if (other.last < one.first) return -1;
  return natural.compare(other.version ?? "", one.version ?? "");
}

/** The versions that are compared where none are chosen: the newest that ran, and the one before it that has enough events. */
export function pair(versions: readonly VersionStats[]): { a: string; b: string } | undefined {
  const named = versions.filter((one): one is VersionStats & { version: string } => one.version !== null).toSorted(newer);
  const b = named.find(({ events }) => events >= FEW_EVENTS) ?? named[0];
  const others = named.filter((one) => one !== b);
  const a = others.find(({ events }) => events >= FEW_EVENTS) ?? others[0];
  return a && b ? { a: a.version, b: b.version } : undefined;
}

const plain = (text: string): Part => ({ text, tone: "plain" });
const name = (text: string): Part => ({ text, tone: "name" });
const alarm = (text: string): Part => ({ text, tone: "bad" });

/** Where most of the failures are. */
function where(elements: readonly { element: string | null; failures: number }[], failures: number): Part[] {
  const worst = elements.toSorted((one, other) => other.failures - one.failures)[0];
  if (!worst || worst.element === null || worst.failures === 0) return [];
  const share = worst.failures / failures;
  const how = share >= 1 ? "all of it" : share >= 0.8 ? "nearly all of it" : share >= 0.5 ? "most of it" : "most often";
  return [plain(`, ${how} at `), name(worst.element)];
}

/** The sentence on two versions. */
export function comparedSentence(told: Comparison): Part[] {
  const { object, a, b } = told;
  const [of, than] = [name(`${object} ${versionWord(b.version)}`), versionWord(a.version)];
  if (a.events < FEW_EVENTS || b.events < FEW_EVENTS) {
    const less = b.events < FEW_EVENTS ? b : a;
    return [of, plain(` cannot be compared with ${than} yet: ${versionWord(less.version)} has ${less.events === 0 ? "no events" : less.events === 1 ? "one event" : `only ${less.events} events`} in this period.`)];
  }
  const places = where(told.elements.map(({ element, b: stats }) => ({ element, failures: stats?.failures ?? 0 })), b.failures);
  if (b.failures === 0) return [of, plain(a.failures === 0 ? ` and ${than} had no failure.` : ` had no failure; ${than} failed in ${percent(a.rate)} of its events.`)];
  if (b.rate_low > a.rate_high) {
    const often = a.failures === 0 ? [plain(" fails in "), alarm(percent(b.rate)), plain(` of its events, ${than} never did`)] : [plain(" fails "), alarm(`${times(b.rate / a.rate)} as often`), plain(` as ${than}`)];
    return [of, ...often, ...places, plain(".")];
  }
  if (a.rate_low > b.rate_high) return [of, plain(` fails less often than ${than}: in ${percent(b.rate)} of its events, not ${percent(a.rate)}`), ...places, plain(".")];
  return [of, plain(` fails about as often as ${than}: in ${percent(b.rate)} and ${percent(a.rate)} of the events`), ...places, plain(".")];
}

const times = (ratio: number): string => (ratio >= 10 ? `${Math.round(ratio)} times` : `${ratio.toFixed(1)} times`);

/** The sentence on an object alone. */
export function aloneSentence(object: ObjectStats, elements: readonly ElementStats[]): Part[] {
  const of = name(object.object ?? "What has no object name");
  if (object.failures === 0) return [of, plain(" had no failure in this period.")];
  return [of, plain(" fails in "), alarm(percent(object.rate)), plain(" of its events"), ...where(elements, object.failures), plain(".")];
}

const TYPES: [RegExp, IconName][] = [
  [/api|webhook|integration|http/, "webhook"], [/split|branch|condition|decision/, "split"], [/wait|pause|delay/, "hourglass"],
  [/notif/, "bell"], [/trigger|event/, "zap"], [/message|send|mail|sms/, "send"], [/tag/, "tag"], [/variable/, "variable"],
  [/profile|person/, "user-round-pen"], [/exit|end/, "log-out"], [/bot|dialog|intent/, "bot"], [/agent|model|tool|guardrail/, "sparkles"],
];

/** The drawing of an element's type; none for one that is not known. */
export const typeIcon = (type: string | null): IconName | undefined => (type === null ? undefined : TYPES.find(([pattern]) => pattern.test(type.toLowerCase()))?.[1]);

/** An element's type as people read it. */
export function typeWord(type: string | null): string {
  const words = (type ?? "").replaceAll(/[_-]+/g, " ").replace(/\bapi\b/i, "API").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

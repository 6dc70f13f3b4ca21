// What is said of rates: how dark a cell is, which versions are compared, and the sentence on top.

import type { Part } from "../details/sentence";
import { percent, visible } from "../lib/format";
import type { IconName } from "../lib/icons";
import { versionWord } from "../lib/words";
import type { Comparison, ElementStats, ObjectStats, Stats, VersionStats } from "./answer";

/** Below this many events a rate says little. */
export const FEW_EVENTS = 30;

/** Events, and how many of them failed. */
export interface Counts {
  events: number;
  failures: number;
}

/** The 95 % score interval of a rate, as the API gives it. */
export function interval({ events, failures }: Counts): [number, number] {
  if (events === 0) return [0, 1];
  const Z = 1.96;
  const rate = failures / events;
  const middle = rate + (Z * Z) / (2 * events);
  const half = Z * Math.sqrt((rate * (1 - rate)) / events + (Z * Z) / (4 * events * events));
  const whole = 1 + (Z * Z) / events;
  return [failures === 0 ? 0 : Math.max(0, (middle - half) / whole), failures === events ? 1 : Math.min(1, (middle + half) / whole)];
}

/** All that is counted in the period. */
export const together = (all: readonly Counts[]): Counts =>
  all.reduce<Counts>((sum, { events, failures }) => ({ events: sum.events + events, failures: sum.failures + failures }), { events: 0, failures: 0 });

/** What some counts are held against: all others; all, where there are hardly any others. */
export function others(all: Counts, but: Counts): Counts {
  const rest = { events: all.events - but.events, failures: all.failures - but.failures };
  return rest.events >= FEW_EVENTS && rest.failures >= 0 ? rest : all;
}

/** How many times as often it fails as the others at the very least, both rates being uncertain; 0 for few events. */
function atLeast(stats: Stats, all: Counts): number {
  return stats.events < FEW_EVENTS ? 0 : stats.rate_low / interval(others(all, stats))[1];
}

/** How many times as often it fails as the others. */
function times(stats: Stats, all: Counts): number {
  const { events, failures } = others(all, stats);
  return failures === 0 ? Infinity : stats.rate / (failures / events);
}

/** Less than this many times is no news, however sure it is. */
const NEWS = 1.5;

/** Whether a rate stands out from the others: surely, and by so much that it matters. */
export const bad = (stats: Stats, all: Counts): boolean => atLeast(stats, all) > 1 && times(stats, all) >= NEWS;

/** From how many times on, at the least, a cell is darker. */
const HEAT = [8, 4, 2];

/** The class of a rate's cell, from h4, the darkest, to h1; none for one that does not stand out. */
export function heat(stats: Stats | null, all: Counts): string {
  if (stats === null || !bad(stats, all)) return "";
  const at = HEAT.findIndex((least) => atLeast(stats, all) >= least);
  return `h${at < 0 ? 1 : 4 - at}`;
}

/** A rate, how sure it is, and what it is held against. */
export function rateWords(stats: Stats, all: Counts): string {
  const { events, failures } = others(all, stats);
  const sure = `between ${percent(stats.rate_low)} and ${percent(stats.rate_high)} with 95% confidence`;
  return events === stats.events && failures === stats.failures ? sure : `${sure}; everything else: ${percent(events === 0 ? 0 : failures / events)}`;
}

/** Whether a duration grew so much that it is worth a look: twice, and by more than a tenth of a second. */
export function slower(a: number | null | undefined, b: number | null | undefined): boolean {
  return typeof a === "number" && typeof b === "number" && b > 2 * a && b - a > 1e8;
}

/** Less than half a point is no news, however sure it is. */
const LEAST_CHANGE = 0.004;

/** Whether a rate changed surely, and by so much that it is worth a colour: a colour and the sentence on top say the same. */
export function direction(a: Stats | null | undefined, b: Stats | null): "up" | "down" | "quiet" {
  if (!a || !b || Math.abs(b.rate - a.rate) <= LEAST_CHANGE) return "quiet";
  return b.rate_low > a.rate_high ? "up" : a.rate_low > b.rate_high ? "down" : "quiet";
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

interface Place {
  element: string | null;
  type: string | null;
  failures: number;
  /** When it first ran. */
  first: string;
}

/** Whether a place is only where the way ends: it has no name, or is the exit. */
const isEnd = ({ element, type }: Place): boolean => element === null || /\b(exit|end|ended|finish)\b/i.test((type ?? "").replaceAll(/[._-]/g, " "));

/** Where most of the failures are. */
function where(elements: readonly Place[], failures: number): Part[] {
  // What a failed element brings down after it fails as often: of those that do, the cause is the earliest in the way, and never an end.
  const worst = elements.toSorted((one, other) => other.failures - one.failures || Number(isEnd(one)) - Number(isEnd(other)) || (one.first < other.first ? -1 : Number(one.first > other.first)))[0];
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
  const places = where(told.elements.map(({ element, element_type: type, b: stats }) => ({ element, type, failures: stats?.failures ?? 0, first: stats?.first ?? "" })), b.failures);
  if (b.failures === 0) return [of, plain(a.failures === 0 ? ` and ${than} had no failure.` : ` had no failure; ${than} failed in ${percent(a.rate)} of its events.`)];
  if (b.rate_low > a.rate_high) {
    const often = a.failures === 0 ? [plain(" fails in "), alarm(percent(b.rate)), plain(` of its events, ${than} never did`)] : [plain(" fails "), alarm(`${timesWord(b.rate / a.rate)} as often`), plain(` as ${than}`)];
    return [of, ...often, ...places, plain(".")];
  }
  if (a.rate_low > b.rate_high) return [of, plain(` fails less often than ${than}: in ${percent(b.rate)} of its events, not ${percent(a.rate)}`), ...places, plain(".")];
  return [of, plain(` fails about as often as ${than}: in ${percent(b.rate)} and ${percent(a.rate)} of the events`), ...places, plain(".")];
}

const timesWord = (ratio: number): string => (ratio >= 10 ? `${Math.round(ratio)} times` : `${ratio.toFixed(1)} times`);

/** The sentence on an object alone, beside all that is counted. */
export function aloneSentence(object: ObjectStats, elements: readonly ElementStats[], all: Counts): Part[] {
  const of = name(object.object ?? "What has no object name");
  if (object.failures === 0) return [of, plain(" had no failure in this period.")];
  if (object.events < FEW_EVENTS) return [of, plain(` failed ${object.failures === 1 ? "once" : `${object.failures} times`} in ${object.events === 1 ? "its one event" : `${object.events} events`}: too few to tell how often it fails.`)];
  const ratio = times(object, all);
  const often = !bad(object, all) ? [name(percent(object.rate)), plain(" of its events")]
    : [alarm(percent(object.rate)), plain(` of its events, ${ratio === Infinity ? "while nothing else fails" : `${timesWord(ratio)} as often as everything else`}`)];
  return [of, plain(" fails in "), ...often, ...where(elements.map(({ element, element_type: type, failures, first }) => ({ element, type, failures, first })), object.failures), plain(".")];
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
  const words = visible(type ?? "").replaceAll(/[_-]+/g, " ").replace(/\bapi\b/i, "API").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

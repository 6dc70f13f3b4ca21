// What is said of rates: how dark a cell is, which versions are compared, and the sentence on top.

import type { Part } from "../details/sentence";
import { percent, visible } from "../lib/format";
import type { IconName } from "../lib/icons";
import { versionWord } from "../lib/words";
import type { Comparison, ElementStats, FirstStats, ObjectStats, Onset, Stats, VersionStats } from "./answer";

/** Below this many interactions a rate says little. */
export const FEW = 30;

/** Interactions, and in how many of them something failed. */
export type Counts = Pick<Stats, "interactions" | "failed_interactions">;

/** The 95 % score interval of a rate, as the API gives it. */
export function interval({ interactions: all, failed_interactions: failed }: Counts): [number, number] {
  if (all === 0) return [0, 1];
  const Z = 1.96;
  const rate = failed / all;
  const middle = rate + (Z * Z) / (2 * all);
  const half = Z * Math.sqrt((rate * (1 - rate)) / all + (Z * Z) / (4 * all * all));
  const whole = 1 + (Z * Z) / all;
  return [failed === 0 ? 0 : Math.max(0, (middle - half) / whole), failed === all ? 1 : Math.min(1, (middle + half) / whole)];
}

/** All that is counted in the period. */
export const together = (all: readonly Counts[]): Counts =>
  all.reduce<Counts>((sum, one) => ({ interactions: sum.interactions + one.interactions, failed_interactions: sum.failed_interactions + one.failed_interactions }), { interactions: 0, failed_interactions: 0 });

/** What some counts are held against: all others; all, where there are hardly any others. */
export function others(all: Counts, but: Counts): Counts {
  const rest = { interactions: all.interactions - but.interactions, failed_interactions: all.failed_interactions - but.failed_interactions };
  return rest.interactions >= FEW && rest.failed_interactions >= 0 ? rest : all;
}

/** How many times as often it fails as the others at the very least, both rates being uncertain; 0 for few interactions. */
function atLeast(stats: Stats, all: Counts): number {
  return stats.interactions < FEW ? 0 : stats.rate_low / interval(others(all, stats))[1];
}

/** How many times as often it fails as the others. */
function times(stats: Stats, all: Counts): number {
  const { interactions, failed_interactions } = others(all, stats);
  return failed_interactions === 0 ? Infinity : stats.rate / (failed_interactions / interactions);
}

/** Less than this many times is no news, however sure it is. */
const NEWS = 1.5;

/** Whether a rate stands out from the others: surely, and by so much that it matters. */
export const bad = (stats: Stats, all: Counts): boolean => atLeast(stats, all) > 1 && times(stats, all) >= NEWS;

/** From how many times on, at the least, a cell is darker. */
const HEAT = [8, 4, 2];

/** The class of a rate's cell, from h4, the darkest, to h1; none for one that does not stand out, nor where most of it failed only after something else had. */
export function heat(stats: FirstStats | null, all: Counts): string {
  if (stats === null || stats.first_failed * 2 < stats.failed_interactions || !bad(stats, all)) return "";
  const at = HEAT.findIndex((least) => atLeast(stats, all) >= least);
  return `h${at < 0 ? 1 : 4 - at}`;
}

/** A rate, how sure it is, and what it is held against. */
export function rateWords(stats: Stats, all: Counts): string {
  const { interactions, failed_interactions } = others(all, stats);
  const sure = `between ${percent(stats.rate_low)} and ${percent(stats.rate_high)} with 95% confidence`;
  return interactions === stats.interactions && failed_interactions === stats.failed_interactions ? sure : `${sure}; everything else: ${percent(interactions === 0 ? 0 : failed_interactions / interactions)}`;
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

/** The versions that are compared where none are chosen: the newest that ran, and the one before it that has enough interactions. */
export function pair(versions: readonly VersionStats[]): { a: string; b: string } | undefined {
  const named = versions.filter((one): one is VersionStats & { version: string } => one.version !== null).toSorted(newer);
  const b = named.find(({ interactions }) => interactions >= FEW) ?? named[0];
  const others = named.filter((one) => one !== b);
  const a = others.find(({ interactions }) => interactions >= FEW) ?? others[0];
  return a && b ? { a: a.version, b: b.version } : undefined;
}

const plain = (text: string): Part => ({ text, tone: "plain" });
const name = (text: string): Part => ({ text, tone: "name" });
const alarm = (text: string): Part => ({ text, tone: "bad" });

interface Place {
  element: string | null;
  first_failed: number;
}

/** Where most of the interactions failed first. */
function where(elements: readonly Place[]): Part[] {
  const failed = elements.reduce((sum, { first_failed }) => sum + first_failed, 0);
  const worst = elements.toSorted((one, other) => other.first_failed - one.first_failed || Number(one.element === null) - Number(other.element === null))[0];
  if (!worst || worst.element === null || worst.first_failed === 0) return [];
  const share = worst.first_failed / failed;
  const how = share >= 1 ? "all of it" : share >= 0.8 ? "nearly all of it" : share >= 0.5 ? "most of it" : "most often";
  return [plain(`, ${how} at `), name(worst.element)];
}

/** Since when an element fails, and how often it did before. The times are words already. */
export function onsetSentence({ element, rate, rate_before, until }: Onset, since: string, end: string): Part[] {
  const before = rate_before === 0 ? "; before that it never did." : `; before that in ${percent(rate_before)}.`;
  return [...(until === null ? [plain("Since "), name(since)] : [plain(`From ${since} to ${end}`)]), plain(", "), name(element), plain(until === null ? " fails in " : " failed in "), alarm(percent(rate)), plain(" of its interactions"), plain(before)];
}

/** The sentence on two versions. */
export function comparedSentence(told: Comparison): Part[] {
  const { object, a, b } = told;
  const [of, than] = [name(`${object} ${versionWord(b.version)}`), versionWord(a.version)];
  if (a.interactions < FEW || b.interactions < FEW) {
    const less = b.interactions < FEW ? b : a;
    return [of, plain(` cannot be compared with ${than} yet: ${versionWord(less.version)} has ${less.events === 0 ? "no events" : less.interactions === 1 ? "one interaction" : `only ${less.interactions} interactions`} in this period.`)];
  }
  const places = where(told.elements.map(({ element, b: stats }) => ({ element, first_failed: stats?.first_failed ?? 0 })));
  if (b.failed_interactions === 0) return [of, plain(a.failed_interactions === 0 ? ` and ${than} had no failure.` : ` had no failure; ${than} failed in ${percent(a.rate)} of its interactions.`)];
  if (b.rate_low > a.rate_high) {
    const often = a.failed_interactions === 0 ? [plain(" fails in "), alarm(percent(b.rate)), plain(` of its interactions, ${than} never did`)] : [plain(" fails "), alarm(`${timesWord(b.rate / a.rate)} as often`), plain(` as ${than}`)];
    return [of, ...often, ...places, plain(".")];
  }
  if (a.rate_low > b.rate_high) return [of, plain(` fails less often than ${than}: in ${percent(b.rate)} of its interactions, not ${percent(a.rate)}`), ...places, plain(".")];
  return [of, plain(` fails about as often as ${than}: in ${percent(b.rate)} and ${percent(a.rate)} of the interactions`), ...places, plain(".")];
}

const timesWord = (ratio: number): string => (ratio >= 10 ? `${Math.round(ratio)} times` : `${ratio.toFixed(1)} times`);

/** The sentence on an object alone, beside all that is counted. */
export function aloneSentence(object: ObjectStats, elements: readonly ElementStats[], all: Counts): Part[] {
  const of = name(object.object ?? "What has no object name");
  const { failed_interactions: failed, interactions } = object;
  if (failed === 0) return [of, plain(" had no failure in this period.")];
  if (interactions < FEW) return [of, plain(` failed in ${interactions === 1 ? "its one interaction" : `${failed} of ${interactions} interactions`}: too few to tell how often it fails.`)];
  const ratio = times(object, all);
  const often = !bad(object, all) ? [name(percent(object.rate)), plain(" of its interactions")]
    : [alarm(percent(object.rate)), plain(` of its interactions, ${ratio === Infinity ? "while nothing else fails" : `${timesWord(ratio)} as often as everything else`}`)];
  return [of, plain(" fails in "), ...often, ...where(elements), plain(".")];
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

// What an empty answer may have meant: a word that is the name of a value, or nearly one.

import { eventAlone, eventLabel, known } from "../lib/names";
import { CONTEXTS, STATUSES } from "../lib/words";

export interface Near {
  column: string;
  value: string;
}

const folded = (text: string): string => text.toLowerCase().replace(/[\s_.-]+/g, " ").trim();

/** The most that are asked for. */
const MOST = 4;
/** Fewer letters than these are too few to be mistyped once, and twice. */
const ONE_SLIP_CHARS = 4;
const TWO_SLIPS_CHARS = 8;
/** Longer names are compared as they are: comparing takes the square of their length. */
const COMPARED_CHARS = 64;

/** How many letters differ, are too many or too few; neighbours that changed places are one. */
export function slips(one: string, other: string): number {
  let [before, last] = [[] as number[], Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let at = 1; at <= one.length; at++) {
    const now = [at];
    for (let to = 1; to <= other.length; to++) {
      const same = one[at - 1] === other[to - 1];
      now[to] = Math.min(last[to]! + 1, now[to - 1]! + 1, last[to - 1]! + (same ? 0 : 1));
      if (at > 1 && to > 1 && one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1]) now[to] = Math.min(now[to]!, before[to - 2]! + 1);
    }
    [before, last] = [last, now];
  }
  return last[other.length]!;
}

/** How far a name is from what was wanted; nothing where it is another word. */
function distance(name: string, wanted: string): number | undefined {
  const named = folded(name);
  if (named === wanted) return 0;
  if (named.length > COMPARED_CHARS || wanted.length > COMPARED_CHARS) return undefined;
  const allowed = wanted.length >= TWO_SLIPS_CHARS ? 2 : wanted.length >= ONE_SLIP_CHARS ? 1 : 0;
  if (Math.abs(named.length - wanted.length) > allowed) return undefined;
  const found = slips(named, wanted);
  return found <= allowed ? found : undefined;
}

/** Those of some values that are called nearly so, the nearest first. */
export function nearest<T>(text: string, values: readonly T[], names: (value: T) => string[]): T[] {
  const wanted = folded(text);
  return values
    .map((value) => ({ value, far: Math.min(...names(value).map((name) => distance(name, wanted) ?? Infinity)) }))
    .filter(({ far }) => far < Infinity)
    .sort((one, other) => one.far - other.far)
    .map(({ value }) => value);
}

/** The filters that a search may stand for, by what people call their values. */
export function near(search: string): Near[] {
  const text = search.replace(/^[a-z_]+:/, "").replaceAll('"', "");
  if (folded(text) === "") return [];
  const words = (column: string, of: Record<string, { label: string }>) => Object.entries(of).map(([value, { label }]) => ({ column, value, names: [value, label] }));
  const all = [
    ...words("status", STATUSES), ...words("occurred_in", CONTEXTS),
    ...[...known.keys()].map((value) => ({ column: "event", value, names: [value, eventLabel(value), eventAlone(value)] })),
  ];
  const found = nearest(text, all, ({ names }) => names).map(({ column, value }) => ({ column, value }));
  const version = /^v?(\d[\w.]*)$/.exec(text.trim().toLowerCase());
  if (version) found.push({ column: "version", value: version[1]! });
  return found.slice(0, MOST);
}

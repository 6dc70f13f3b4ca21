// The order of the log, newest first, and how rows that came later find their places in it.

import type { Row } from "../lib/api";

type Placed = Pick<Row, "id" | "time" | "seq">;

/** Before 0 where the first row stands above the second: it is newer, or arrived later at the same time. */
export function order(one: Placed, other: Placed): number {
  // Times are all of one form in UTC, so that they compare as texts.
  if (one.time !== other.time) return one.time > other.time ? -1 : 1;
  const [first, second] = [BigInt(one.seq), BigInt(other.seq)];
  return first === second ? 0 : first > second ? -1 : 1;
}

/** Two lists in the order of the log as one; a row of both is there once. */
export function merged<T extends Placed>(some: readonly T[], more: readonly T[]): T[] {
  const known = new Set(some.map(({ id }) => id));
  const added = more.filter(({ id }) => !known.has(id));
  return added.length === 0 ? [...some] : [...some, ...added].sort(order);
}

/** Those of an answer that are not known and belong among the rows that are loaded, `last` being the lowest; all where nothing follows it. */
export function newcomers<T extends Placed>(answer: readonly T[], known: ReadonlySet<string>, last: T | undefined, more: boolean): T[] {
  return answer.filter((row) => !known.has(row.id) && (last === undefined || !more || order(row, last) < 0));
}

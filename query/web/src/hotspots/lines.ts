// The elements of an object as lines: in one version, or in two beside each other; and their order.

import type { Compared, ElementStats, FirstStats } from "./answer";
import { direction, FEW } from "./judge";

/** What lines are sorted by. */
export type By = "change" | "interactions" | "failed" | "first" | "rate" | "p50" | "p95";

/** An element; `a` only where two versions are compared. */
export interface Line {
  element: string | null;
  type: string | null;
  a?: FirstStats | null;
  b: FirstStats | null;
  change: number | null;
  few: boolean;
}

/** The lines of a comparison, or of a version alone. */
export const lines = (compared: readonly Compared[] | undefined, alone: readonly ElementStats[]): Line[] => (compared
  ? compared.map(({ element, element_type, a, b, change, few }) => ({ element, type: element_type, a, b, change, few }))
  : alone.map((stats) => ({ element: stats.element, type: stats.element_type, b: stats, change: null, few: stats.interactions < FEW })));

/** Lines in the order of a measure, the most first. */
export const inOrder = (some: readonly Line[], by: By): Line[] =>
  some.toSorted((one, other) => measure(other, by) - measure(one, by) || Number(one.element === null) - Number(other.element === null) || (other.b?.failed_interactions ?? 0) - (one.b?.failed_interactions ?? 0) || (other.b?.events ?? 0) - (one.b?.events ?? 0));

function measure({ b, change }: Line, by: By): number {
  switch (by) {
    // What cannot be compared comes after what got worse, before what did not change.
    case "change": return change ?? 0.0005;
    case "interactions": return b?.interactions ?? -1;
    case "failed": return b?.failed_interactions ?? -1;
    case "first": return b?.first_failed ?? -1;
    case "rate": return b?.rate ?? -1;
    case "p50": return b?.duration_p50_nanos ?? -1;
    case "p95": return b?.duration_p95_nanos ?? -1;
  }
}

/** What lines are sorted by where nothing is chosen: by what got worse, if anything surely did, and else by where most fails first. */
export const orderOf = (some: readonly Line[]): By => (some.some(({ a, b, change }) => change !== null && direction(a, b) === "up") ? "change" : "first");

/** The fewer interactions of the two sides: what a comparison lacks. */
export const fewer = (line: Line): number => Math.min(line.a?.interactions ?? 0, line.b?.interactions ?? 0);

/** The name of a line among others. */
export const keyOf = ({ element, type }: Line): string => JSON.stringify([element, type]);

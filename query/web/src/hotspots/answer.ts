// What the API says of hot-spots.

/** Counts of some events. Rates are shares of interactions in which one of them failed, with a 95 % interval. */
export interface Stats {
  events: number;
  failures: number;
  /** Waits that ran out, which are no failures. */
  waits_over: number;
  interactions: number;
  failed_interactions: number;
  rate: number;
  rate_low: number;
  rate_high: number;
  duration_p50_nanos: number | null;
  duration_p95_nanos: number | null;
  durations: number;
  first: string;
  last: string;
}

/** Of an element also in how many interactions it failed first: what failed before brings others down. */
export interface FirstStats extends Stats {
  first_failed: number;
}

export interface ElementStats extends FirstStats {
  element: string | null;
  element_type: string | null;
}

export interface VersionStats extends Stats {
  version: string | null;
  elements?: ElementStats[];
}

export interface ObjectStats extends Stats {
  object: string | null;
  occurred_in: string | null;
  versions: VersionStats[];
}

/** An element in two versions. `change` is absent where one side has too few interactions. */
export interface Compared {
  element: string | null;
  element_type: string | null;
  a: FirstStats | null;
  b: FirstStats | null;
  change: number | null;
  few: boolean;
}

export interface Comparison {
  object: string;
  a: Stats & { version: string };
  b: Stats & { version: string };
  elements: Compared[];
}

/** A stretch of time in which an element failed more often than before; it lasts where it has no end. */
export interface Onset {
  element: string;
  since: string;
  until: string | null;
  interactions: number;
  failed_interactions: number;
  rate: number;
  rate_before: number;
}

export interface Hotspots {
  from: string;
  to: string;
  objects: ObjectStats[];
  more: boolean;
  complete: boolean;
  compare?: Comparison;
  onsets?: Onset[];
}

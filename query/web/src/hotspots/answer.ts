// What the API says of hot-spots.

/** Counts of some events. Rates are shares of events that failed or timed out, with a 95 % interval. */
export interface Stats {
  events: number;
  interactions: number;
  failures: number;
  rate: number;
  rate_low: number;
  rate_high: number;
  duration_p50_nanos: number | null;
  duration_p95_nanos: number | null;
  durations: number;
  first: string;
  last: string;
}

export interface ElementStats extends Stats {
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

/** An element in two versions. `change` is absent where one side has too few events. */
export interface Compared {
  element: string | null;
  element_type: string | null;
  a: Stats | null;
  b: Stats | null;
  change: number | null;
  few: boolean;
}

export interface Comparison {
  object: string;
  a: Stats & { version: string };
  b: Stats & { version: string };
  elements: Compared[];
}

export interface Hotspots {
  from: string;
  to: string;
  objects: ObjectStats[];
  more: boolean;
  complete: boolean;
  compare?: Comparison;
}

// How much arrives: an average of the last minute, or of the time since one began to follow.

import { number } from "../lib/format";

const MINUTE_MS = 60_000;
/** A shorter time says little. */
const LEAST_MS = 5_000;

export class Pace {
  /** Seconds in which something arrived, each with how much. */
  #seconds: [second: number, events: number][] = [];

  /** Times are in milliseconds. */
  constructor(private readonly since: number) {}

  /** Counts one event. */
  add(now: number): void {
    const second = Math.floor(now / 1_000);
    const last = this.#seconds.at(-1);
    if (last?.[0] === second) last[1] += 1;
    else this.#seconds.push([second, 1]);
  }

  /** `3/s`, or `12/min` where it is less than one a second. */
  words(now: number): string {
    const long = Math.min(MINUTE_MS, now - this.since);
    if (long < LEAST_MS) return "…";
    this.#seconds = this.#seconds.filter(([second]) => second * 1_000 >= now - MINUTE_MS);
    const perSecond = this.#seconds.reduce((sum, [, events]) => sum + events, 0) / (long / 1_000);
    return perSecond < 1 ? `${Math.round(perSecond * 60)}/min` : `${number(Math.round(perSecond))}/s`;
  }
}

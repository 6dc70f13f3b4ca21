// From a histogram to the paths and scales that are drawn. The plot is as many units wide as it has bars.

import type { Histogram } from "../lib/api";
import { DAY } from "../lib/period";
import { clock, day, dayMinute, minute, millis, offset, offsetMinutes, type Zone } from "../lib/time";
import { STATUSES } from "../lib/words";

/** The plot's height in units, and how much of it, at the bottom, what failed has where anything did: on a scale of its own, so that an outage is seen beside any number of successes. */
export const HEIGHT = 80;
const FAILED_HEIGHT = 30;
const APART = 6;
/** The least height of a failure that is there at all. */
const LEAST = 1.6;
const INSET = 0.1;
const WIDTH = 0.8;

/** From the base upward. */
const FAILED = ["failure", "timed_out"];
const REST = ["in_progress", "skipped", "cancelled", "other", "success"];
const STACK = [...FAILED, ...REST];

export interface Drawn {
  /** A path for each status of the stack. */
  paths: Record<string, string>;
  /** The line on top of success. */
  caps: string;
  /** What the top of the plot stands for: all that did not fail. */
  top: number;
  /** What the top of the failures stands for; 0 where nothing failed. */
  failedTop: number;
  /** How much of the height the failures have. */
  own: number;
}

const STEPS_OF_TEN = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** The least round number that is not below the highest bar: no bar loses a third of its height to it. */
export function roundTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most)));
  const top = STEPS_OF_TEN.map((step) => step * power).find((one) => one >= most - 1e-9) ?? 10 * power;
  return Math.max(1, Math.ceil(top));
}

/** Statuses that are not of the stack are drawn as one. */
const stackOf = (status: string): string => (STACK.includes(status) ? status : "other");

export function draw(histogram: Histogram): Drawn {
  const bars = histogram.buckets.map(({ counts }) => {
    const stacked = new Map<string, number>();
    for (const [status, count] of Object.entries(counts)) stacked.set(stackOf(status), (stacked.get(stackOf(status)) ?? 0) + count);
    return stacked;
  });
  const most = (statuses: string[]) => Math.max(0, ...bars.map((bar) => statuses.reduce((sum, status) => sum + (bar.get(status) ?? 0), 0)));
  const [failed, rest] = [most(FAILED), most(REST)];
  const [top, failedTop] = [roundTop(rest), failed === 0 ? 0 : roundTop(failed)];
  const paths: Record<string, string> = Object.fromEntries(STACK.map((status) => [status, ""]));
  let caps = "";
  const stack = (at: number, statuses: string[], from: number, room: number, scale: number) => {
    let base = from;
    for (const status of statuses) {
      const count = bars[at]!.get(status) ?? 0;
      if (count === 0) continue;
      const height = Math.min(base - from + room, Math.max(FAILED.includes(status) ? LEAST : 0, (count / scale) * room));
      base -= height;
      paths[status] += `M${at + INSET} ${round(base)}h${WIDTH}v${round(height)}h${-WIDTH}z`;
      if (status === "success") caps += `M${at + INSET} ${round(base)}h${WIDTH}v${round(Math.min(height, 1.25))}h${-WIDTH}z`;
    }
  };
  // Whichever is alone has all of the room.
  const own = failedTop === 0 ? 0 : rest === 0 ? HEIGHT : FAILED_HEIGHT;
  const room = own === 0 ? HEIGHT : HEIGHT - own - APART;
  bars.forEach((_, at) => {
    stack(at, FAILED, HEIGHT, own, failedTop);
    stack(at, REST, room, room, top);
  });
  return { paths, caps, top: rest === 0 ? 0 : top, failedTop, own };
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** What a bar has, from the base upward: what is worst comes first, as in the bar. */
export const ofBar = (counts: Record<string, number>): [string, number][] =>
  Object.entries(counts).filter(([, count]) => count > 0).sort(([one], [other]) => STACK.indexOf(stackOf(one)) - STACK.indexOf(stackOf(other)));

/** The sum of each status, in the order of the legend; those that nobody knows come last. */
export function totals(histogram: Histogram): [string, number][] {
  const sums = new Map<string, number>();
  for (const { counts } of [...histogram.buckets, ...(histogram.ahead ? [histogram.ahead] : [])]) {
    for (const [status, count] of Object.entries(counts)) sums.set(status, (sums.get(status) ?? 0) + count);
  }
  const order = Object.keys(STATUSES);
  const place = (status: string) => (order.includes(status) ? order.indexOf(status) : order.length);
  return [...sums].filter(([, count]) => count > 0).sort(([one], [other]) => place(one) - place(other) || one.localeCompare(other));
}

/** Steps of the scale, in milliseconds. */
const STEPS = [1e3, 5e3, 15e3, 60e3, 300e3, 900e3, 1_800e3, 3_600e3, 3 * 3_600e3, 6 * 3_600e3, 12 * 3_600e3, DAY, 2 * DAY, 7 * DAY, 30 * DAY, 91 * DAY, 365 * DAY, 1_826 * DAY];

/** Marks below the plot at round times of the zone: a share of the width, and words. */
export function marks(histogram: Histogram, zone: Zone, most = 9): { at: number; text: string; strong: boolean }[] {
  const first = histogram.buckets[0];
  if (!first) return [];
  const step = Number(histogram.step) / 1e6;
  const start = millis(first.time);
  const span = step * histogram.buckets.length;
  const each = STEPS.find((one) => span / one <= most) ?? span;
  const out: { at: number; text: string; strong: boolean }[] = [];
  const away = (at: number) => offsetMinutes(zone, at) * 60_000;
  // What is round is so on the zone's own clock, on both sides of a night that changes it.
  for (let wall = Math.ceil((start + away(start)) / each) * each; ; wall += each) {
    const at = wall - away(wall - away(wall));
    if (at >= start + span) break;
    const share = (at - start) / span;
    // Words at the very ends would be cut.
    if (share < 0.02 || share > 0.98) continue;
    const midnight = clock(at, zone) === "00:00:00";
    out.push({ at: share, text: midnight || each >= DAY ? day(at, zone) : each < 60e3 ? clock(at, zone) : minute(at, zone), strong: midnight && each < DAY });
  }
  return out;
}

/** When a bar begins and ends, in words. */
export function barWords(histogram: Histogram, at: number, zone: Zone): string {
  const step = Number(histogram.step) / 1e6;
  const start = millis(histogram.buckets[at]!.time);
  const end = start + step;
  return `${dayMinute(start, zone)} – ${step >= DAY ? dayMinute(end, zone) : step < 60e3 ? clock(end, zone) : minute(end, zone)} ${offset(zone, start)}`;
}

// From a histogram to the paths and scales that are drawn. The plot is as many units wide as it has bars, and 64 high.

import type { Histogram } from "../lib/api";
import { clock, day, dayMinute, minute, millis, offset, type Zone } from "../lib/time";
import { STATUSES } from "../lib/words";

/** The plot's height in units. */
export const HEIGHT = 64;
/** The least height of a failure that is there at all. */
const LEAST = 1.6;
const INSET = 0.1;
const WIDTH = 0.8;

/** From the base upward: what is worst stands on the base line, so that its height can be compared. */
const STACK = ["failure", "timed_out", "in_progress", "skipped", "cancelled", "other", "success"];

export interface Drawn {
  /** A path for each status of the stack. */
  paths: Record<string, string>;
  /** The line on top of success. */
  caps: string;
  /** What the top of the plot stands for. */
  top: number;
}

/** The least number with one digit before its zeros that is not below the highest bar: no bar loses more than half of its height to it. */
export function roundTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most)));
  return Math.max(1, Math.ceil(most / power) * power);
}

/** Statuses that are not of the stack are drawn as one. */
const stackOf = (status: string): string => (STACK.includes(status) ? status : "other");

export function draw(histogram: Histogram): Drawn {
  const totals = histogram.buckets.map(({ counts }) => Object.values(counts).reduce((sum, count) => sum + count, 0));
  const top = roundTop(Math.max(0, ...totals));
  const paths: Record<string, string> = Object.fromEntries(STACK.map((status) => [status, ""]));
  let caps = "";
  histogram.buckets.forEach(({ counts }, at) => {
    const stacked = new Map<string, number>();
    for (const [status, count] of Object.entries(counts)) stacked.set(stackOf(status), (stacked.get(stackOf(status)) ?? 0) + count);
    let base = HEIGHT;
    for (const status of STACK) {
      const count = stacked.get(status) ?? 0;
      if (count === 0) continue;
      const height = Math.min(base, Math.max(status === "failure" ? LEAST : 0, (count / top) * HEIGHT));
      base -= height;
      paths[status] += `M${at + INSET} ${round(base)}h${WIDTH}v${round(height)}h${-WIDTH}z`;
      if (status === "success") caps += `M${at + INSET} ${round(base)}h${WIDTH}v${round(Math.min(height, 1.25))}h${-WIDTH}z`;
    }
  });
  return { paths, caps, top };
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** What a bar has, from the base upward: what is worst comes first, as in the bar. */
export const ofBar = (counts: Record<string, number>): [string, number][] =>
  Object.entries(counts).filter(([, count]) => count > 0).sort(([one], [other]) => STACK.indexOf(stackOf(one)) - STACK.indexOf(stackOf(other)));

/** The sum of each status, in the order of the legend; those that nobody knows come last. */
export function totals(histogram: Histogram): [string, number][] {
  const sums = new Map<string, number>();
  for (const { counts } of histogram.buckets) {
    for (const [status, count] of Object.entries(counts)) sums.set(status, (sums.get(status) ?? 0) + count);
  }
  const order = Object.keys(STATUSES);
  const place = (status: string) => (order.includes(status) ? order.indexOf(status) : order.length);
  return [...sums].filter(([, count]) => count > 0).sort(([one], [other]) => place(one) - place(other) || one.localeCompare(other));
}

/** Marks below the plot at round times of the zone: a share of the width, and words. */
export function marks(histogram: Histogram, zone: Zone, most = 9): { at: number; text: string; strong: boolean }[] {
  const first = histogram.buckets[0];
  if (!first) return [];
  const step = Number(histogram.step) / 1e6;
  const start = millis(first.time);
  const span = step * histogram.buckets.length;
  const steps = [1e3, 5e3, 15e3, 60e3, 300e3, 900e3, 1_800e3, 3_600e3, 3 * 3_600e3, 6 * 3_600e3, 12 * 3_600e3, 24 * 3_600e3, 2 * 86_400e3, 7 * 86_400e3, 30 * 86_400e3, 365 * 86_400e3];
  const each = steps.find((one) => span / one <= most) ?? span;
  const out: { at: number; text: string; strong: boolean }[] = [];
  for (let at = Math.ceil(start / each) * each; at < start + span; at += each) {
    const share = (at - start) / span;
    // Words at the very ends would be cut.
    if (share < 0.02 || share > 0.98) continue;
    const midnight = clock(at, zone) === "00:00:00";
    out.push({ at: share, text: midnight || each >= 86_400e3 ? day(at, zone) : each < 60e3 ? clock(at, zone) : minute(at, zone), strong: midnight && each < 86_400e3 });
  }
  return out;
}

/** When a bar begins and ends, in words. */
export function barWords(histogram: Histogram, at: number, zone: Zone): string {
  const step = Number(histogram.step) / 1e6;
  const start = millis(histogram.buckets[at]!.time);
  const end = start + step;
  return `${dayMinute(start, zone)} – ${step >= 86_400e3 ? dayMinute(end, zone) : step < 60e3 ? clock(end, zone) : minute(end, zone)} ${offset(zone, start)}`;
}

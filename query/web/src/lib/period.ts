// Periods: those that are offered, whole days of the reader's zone, and what they are called.

import { clock, day, dayMinute, fromWallClock, iso, resolve, UNITS, wallClock, type Zone } from "./time";

/** The periods that are offered, by what `from` is for them. */
export const PERIODS: [string, string][] = [
  ["now-15m", "Last 15 minutes"], ["now-1h", "Last hour"], ["now-4h", "Last 4 hours"], ["", "Last 24 hours"],
  ["now-2d", "Last 2 days"], ["now-7d", "Last 7 days"], ["now-14d", "Last 14 days"], ["now-30d", "Last 30 days"], ["0", "All time"],
];

/** The period where none is chosen, in milliseconds. */
export const DAY = 86_400_000;

/** A day of the calendar: `2026-11-23`. */
export type Day = string;

/** A period as the address has it; no `to` is until now. */
export interface Period {
  from: string;
  to: string;
}

/** The day that it is in a zone. */
export const dayOf = (at: number, zone: Zone): Day => wallClock(at, zone).slice(0, 10);

/** The day so many days later, or earlier. */
export const daysLater = (day: Day, days: number): Day => new Date(Date.parse(`${day}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** When a day begins in a zone. */
const begins = (day: Day, zone: Zone): number => fromWallClock(`${day} 00:00`, zone)!;

/** From the beginning of one day to the end of another; to now where that is today. */
export function wholeDays(first: Day, last: Day, zone: Zone, now: number): Period {
  const open = last === dayOf(now, zone);
  return { from: iso(begins(first, zone)), to: open ? "" : iso(begins(daysLater(last, 1), zone)) };
}

/** Whole days that are offered, by what they are called. */
export function namedDays(zone: Zone, now: number): [string, Period][] {
  const today = dayOf(now, zone);
  const yesterday = daysLater(today, -1);
  return [["Today", wholeDays(today, today, zone, now)], ["Yesterday", wholeDays(yesterday, yesterday, zone, now)]];
}

/** The weeks of a month (`2026-11`) from Monday on; days of other months are empty. */
export function weeks(month: string): Day[][] {
  const first = Date.parse(`${month}-01T00:00Z`);
  const next = new Date(first).setUTCMonth(new Date(first).getUTCMonth() + 1);
  const found: Day[][] = [];
  for (let monday = first - ((new Date(first).getUTCDay() + 6) % 7) * DAY; monday < next; monday += 7 * DAY) {
    found.push(Array.from({ length: 7 }, (_, at) => iso(monday + at * DAY).slice(0, 10)).map((day) => (day.startsWith(month) ? day : "")));
  }
  return found;
}

/** The month so many months later, or earlier. */
export function monthsLater(month: string, months: number): string {
  const first = new Date(`${month}-01T00:00Z`);
  return iso(first.setUTCMonth(first.getUTCMonth() + months)).slice(0, 7);
}

/** The last moment that the server's nanoseconds reach, in milliseconds: whatever ends later never ends. */
const NEVER = 9_223_372_036_854;

/** The end that an address states; none where that never comes. */
export const endOf = (to: string | null, now: number): string => (to && resolve(to, now)! >= NEVER ? "" : (to ?? ""));

/** The beginning that an address states; what is before all time is the first event. */
export const startOf = (from: string | null, now: number): string => (from && resolve(from, now)! <= -NEVER ? "0" : (from ?? ""));

/** A period in words. */
export function periodWords(since: string | null, until: string | null, zone: Zone, now: number): string {
  const [from, to] = [startOf(since, now), endOf(until, now)];
  if (!to || to === "now") {
    const offered = PERIODS.find(([value]) => value === (from === "now-24h" ? "" : from));
    if (offered) return offered[1];
    const relative = /^now-(\d+)([smhdw])$/.exec(from);
    if (relative) {
      const count = Number(relative[1]);
      return count === 1 ? `Last ${UNITS[relative[2]!]![1]}` : `Last ${count} ${UNITS[relative[2]!]![1]}s`;
    }
  }
  const named = namedDays(zone, now).find(([, period]) => same(period.from, from, now) && same(period.to, to, now));
  if (named) return named[0];
  const finish = to ? resolve(to, now) : undefined;
  const start = from ? resolve(from, now) : (finish ?? now) - DAY;
  // Seconds only where they say something; else the minute.
  const fine = [from, to].some((text) => text && !text.startsWith("now")) && [start, finish].some((at) => at !== undefined && at % 60_000 !== 0);
  const show = (at: number | undefined, text: string) => (at === undefined ? text : fine ? `${day(at, zone, now)} ${clock(at, zone)}` : dayMinute(at, zone, now));
  // What is ahead of the clock does not end now.
  if (!to && start !== undefined && start > now) return `From ${show(start, from)} on`;
  const begun = from === "0" ? "the first event" : show(start, from);
  return `${begun} – ${to && to !== "now" ? show(finish, to) : "now"}`.replace(/^the/, "The");
}

/** Whether two texts are the same moment, or both none. */
function same(one: string, other: string | null, now: number): boolean {
  return one === "" || !other ? one === (other ?? "") : resolve(one, now) === resolve(other, now);
}

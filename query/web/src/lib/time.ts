// Moments in the zone that the reader chose, and periods in words. The API's own times are in UTC to the nanosecond.

/** `utc`, `local`, or the name of a zone. */
export type Zone = string;

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zoneName(zone) });
    formats.set(key, found);
  }
  return found;
}

const names = new Map<Zone, string>([["utc", "UTC"]]);

/** The name that the platform knows a zone by; UTC for one that it does not know. */
export function zoneName(zone: Zone): string {
  let found = names.get(zone);
  if (found === undefined) {
    try {
      found = new Intl.DateTimeFormat("en", zone === "local" ? {} : { timeZone: zone }).resolvedOptions().timeZone;
    } catch {
      found = "UTC";
    }
    names.set(zone, found);
  }
  return found;
}

/** Milliseconds since 1970 of an RFC 3339 text; what is finer is left out. */
export const millis = (text: string): number => Date.parse(text.replace(/(\.\d{3})\d*/, "$1"));

/** Nanoseconds since 1970 of an RFC 3339 text in UTC. */
export function nanos(text: string): bigint {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? "";
  const whole = Date.parse(text.replace(/\.\d+/, ""));
  return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(9, "0").slice(0, 9));
}

/** Nanoseconds from one moment to another. */
export const between = (from: string, to: string): number => Number(nanos(to) - nanos(from));

/** How far a zone is from UTC at a moment: `UTC`, `UTC+2`, `UTC-3:30`. */
export function offset(zone: Zone, at: number): string {
  const minutes = offsetMinutes(zone, at);
  if (minutes === 0) return "UTC";
  const rest = Math.abs(minutes) % 60;
  return `UTC${minutes < 0 ? "−" : "+"}${Math.floor(Math.abs(minutes) / 60)}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}

/** How long a zone keeps one distance from UTC at the least: clocks change on full quarters of an hour. */
const QUARTER = 900_000;
/** The most distances that are kept. */
const KEPT = 1_000;
const distances = new Map<string, number>();

/** The minutes by which a zone's clocks are ahead of UTC at a moment. */
export function offsetMinutes(zone: Zone, at: number): number {
  if (zone === "utc") return 0;
  // The clock of the machine needs none of the platform's formats.
  if (zoneName(zone) === zoneName("local")) return -Math.round(new Date(at).getTimezoneOffset());
  const quarter = Math.floor(at / QUARTER);
  const key = `${zone} ${quarter}`;
  let found = distances.get(key);
  if (found === undefined) {
    if (distances.size >= KEPT) distances.clear();
    found = readOffset(zone, quarter * QUARTER);
    distances.set(key, found);
  }
  return found;
}

function readOffset(zone: Zone, at: number): number {
  const parts = format(zone, {
    year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23",
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  const shown = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return Math.round((shown - at) / 60_000);
}

// The platform's own formats cost milliseconds each when they are first needed, which the first rows cannot wait for.
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"];

/** A moment as a date whose UTC fields are those that the zone's clocks show. */
const onTheClock = (at: number, zone: Zone): Date => new Date(at + offsetMinutes(zone, at) * 60_000);

/** Date and time of a moment, to the millisecond. */
export function moment(text: string, zone: Zone, now = Date.now()): { day: string; time: string } {
  const at = millis(text);
  return { day: day(at, zone, now), time: clock(at, zone, true) };
}

/** A moment with its year, its milliseconds and its zone: as it is put into a ticket. */
export function wholeTime(text: string, zone: Zone): string {
  const { day, time } = moment(text, zone, 0);
  return `${day}, ${time} ${offset(zone, millis(text))}`;
}

/** Hours, minutes, seconds, and milliseconds where wanted. */
export const clock = (at: number, zone: Zone, fine = false): string => onTheClock(at, zone).toISOString().slice(11, fine ? 23 : 19);

/** The day alone; with its year where that is not this one. */
export function day(at: number, zone: Zone, now = Date.now()): string {
  const shown = onTheClock(at, zone);
  const year = shown.getUTCFullYear();
  return `${shown.getUTCDate()} ${MONTHS[shown.getUTCMonth()]}${year === onTheClock(now, zone).getUTCFullYear() ? "" : ` ${year}`}`;
}

/** Hours and minutes. */
export const minute = (at: number, zone: Zone): string => clock(at, zone).slice(0, 5);

/** Day and minute: for scales and periods. */
export const dayMinute = (at: number, zone: Zone, now = Date.now()): string => `${day(at, zone, now)} ${minute(at, zone)}`;

/** A whole moment as the API reads it. */
export const iso = (at: number): string => new Date(at).toISOString();

/** Milliseconds since 1970 of a wall clock's reading in a zone; of the two of an autumn night the first. */
export function fromWallClock(text: string, zone: Zone): number | undefined {
  const read = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
  if (!read) return undefined;
  const [, y, mo, d, h, mi, s] = read.map(Number);
  const wall = Date.UTC(y!, mo! - 1, d!, h!, mi!, s || 0);
  // The zone's distance from UTC is asked for at both guesses: a day before and at the reading itself.
  const guesses = [wall - 86_400_000, wall, wall + 86_400_000].map((at) => wall - offsetMinutes(zone, at) * 60_000);
  const fits = guesses.filter((at) => wall - offsetMinutes(zone, at) * 60_000 === at).sort((one, next) => one - next);
  // In the hour that a spring night leaves out nothing fits: the clock stands an hour later then.
  return fits[0] ?? guesses[0];
}

/** A moment as a field for date and time shows it. */
export function wallClock(at: number, zone: Zone): string {
  return onTheClock(at, zone).toISOString().slice(0, 19);
}

/** The units of relative times: their seconds and their names. */
export const UNITS: Record<string, [number, string]> = {
  s: [1, "second"], m: [60, "minute"], h: [3600, "hour"], d: [86_400, "day"], w: [604_800, "week"],
};

/** Milliseconds since 1970 of `now`, `now-24h`, `now+5m`, RFC 3339 or Unix nanoseconds; undefined where it is none of these. */
export function resolve(text: string, now: number): number | undefined {
  // An address that was written by hand has a space for the plus.
  const relative = /^now(?:([-+ ])(\d+)([smhdw]))?$/.exec(text);
  if (relative) {
    const away = relative[2] ? Number(relative[2]) * UNITS[relative[3]!]![0] * 1000 : 0;
    return relative[1] === "-" ? now - away : now + away;
  }
  if (/^-?\d+$/.test(text)) return Number(BigInt(text) / 1_000_000n);
  const at = millis(text);
  return Number.isNaN(at) ? undefined : at;
}

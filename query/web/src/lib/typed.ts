// The period's two fields: a moment as it is shown there, and what is typed read back. What was not typed stays in the
// address as it is, whatever of it a field can show.

import { fromWallClock, iso, offset, resolve, wallClock, type Zone } from "./time";

/** A moment as a field has it: `2026-11-23 09:00`, finer where it is finer, and with its distance from UTC in the hour that an autumn night has twice. */
export function fieldText(at: number, zone: Zone): string {
  const wall = wallClock(at, zone).replace("T", " ");
  const ms = ((at % 1000) + 1000) % 1000;
  const fine = ms > 0 ? `.${String(ms).padStart(3, "0")}` : "";
  const clock = fine === "" && wall.endsWith(":00") ? wall.slice(0, 16) : wall + fine;
  return fromWallClock(wall, zone) === at - ms ? clock : `${clock} ${offset(zone, at).replace("−", "-")}`;
}

const MOMENT = /^(\d{4})-(\d\d?)-(\d\d?)(?:[T ]\s*(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|(?:UTC)?[+\-−]\d\d?(?::?\d\d)?)?$/i;

/** What is typed as the address has it: an own moment as RFC 3339, `now-2h` as it is. Undefined where it is neither. */
export function readField(text: string, zone: Zone): string | undefined {
  const typed = text.trim();
  if (/^now/.test(typed)) return resolve(typed, 0) === undefined ? undefined : typed;
  const read = MOMENT.exec(typed);
  if (!read) return undefined;
  const [, year, month, day, hour = "0", minute = "00", second = "00", fraction = "", from] = read;
  const wall = `${year}-${month!.padStart(2, "0")}-${day!.padStart(2, "0")} ${hour.padStart(2, "0")}:${minute}:${second}`;
  // The platform takes the 31st of every month for a day; a clock never shows it.
  const utc = Date.parse(`${wall.replace(" ", "T")}Z`);
  if (Number.isNaN(utc) || !new Date(utc).toISOString().startsWith(wall.replace(" ", "T"))) return undefined;
  const at = from === undefined ? fromWallClock(wall, zone) : utc - minutesOf(from) * 60_000;
  return at === undefined ? undefined : iso(at + Number(fraction.padEnd(3, "0").slice(0, 3)));
}

function minutesOf(distance: string): number {
  const read = /([+\-−])(\d\d?):?(\d\d)?$/.exec(distance);
  return read ? (read[1] === "+" ? 1 : -1) * (Number(read[2]) * 60 + Number(read[3] ?? 0)) : 0;
}

/** A field: what stands in it until one types, and what the address has. */
export interface Field {
  /** What the address says; empty where it says nothing. */
  said: string;
  shown: string;
  typed?: string;
}

/** What a field makes of the address: what it says already unless something else was typed; `empty` for a field without a word. */
export function fieldSays({ said, shown, typed }: Field, zone: Zone, empty: string): string | undefined {
  if (typed === undefined || typed.trim() === shown) return said;
  return typed.trim() === "" ? empty : readField(typed, zone);
}

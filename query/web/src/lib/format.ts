// Numbers, durations and identifiers as people read them.

// Made when first needed: it costs milliseconds, and the first rows have no such numbers.
let grouped: Intl.NumberFormat | undefined;

/** A count with a comma per thousand. */
export const number = (count: number): string => (grouped ??= new Intl.NumberFormat("en")).format(count);

/** "1 event", "2 events". */
export const counted = (count: number, noun: string): string => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;

/** Nanoseconds in two units at most: 412 ms, 2.02 s, 1 min 17 s, 4 h 10 min. */
export function duration(nanos: number): string {
  const ms = nanos / 1e6;
  if (ms === 0) return "0 ms";
  if (ms < 1) return `${number(Math.max(1, Math.round(nanos / 1e3)))} µs`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_995) return `${(ms / 1e3).toFixed(ms < 9_995 ? 2 : 1)} s`;
  const units: [string, number][] = [["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]];
  const seconds = Math.round(ms / 1e3);
  const first = units.findIndex(([, length]) => seconds >= length);
  const [unit, length] = units[first]!;
  const whole = Math.floor(seconds / length);
  const next = units[first + 1];
  const rest = next ? Math.floor((seconds - whole * length) / next[1]) : 0;
  return `${whole} ${unit}` + (next && rest > 0 ? ` ${rest} ${next[0]}` : "");
}

const TURNS = /[\u202A-\u202E\u2066-\u2069]/g;

/** A text that cannot be turned round: the marks that would show it in another order are seen in their places. As long as before. */
export const visible = (text: string): string => text.replace(TURNS, "\uFFFD");

/** The longest identifier that is shown whole where a text is all that there is. */
const WHOLE_ID_CHARS = 24;
const HEAD_CHARS = 6;

/** The beginning and, longer, the end of a long identifier: the end tells it from others. */
export function shortId(id: string): string {
  const chars = [...visible(id)];
  return chars.length <= WHOLE_ID_CHARS ? chars.join("") : `${chars.slice(0, HEAD_CHARS).join("")}…${chars.slice(HEAD_CHARS + 1 - WHOLE_ID_CHARS).join("")}`;
}

/** A share as a percentage with one decimal. */
export const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;

/** A difference of two shares in points, with its sign. */
export function points(difference: number): string {
  const rounded = Math.round(difference * 1000) / 10;
  return rounded === 0 ? "0.0" : `${rounded > 0 ? "+" : "−"}${Math.abs(rounded).toFixed(1)}`;
}

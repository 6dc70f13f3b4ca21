// Where a text has what somebody looks for, and the text in pieces for display. Offsets are in UTF-16 units
// unless said otherwise; no piece is ever markup.

/** A piece of a text; `hit` where it is what was looked for. */
export interface Piece {
  text: string;
  hit: boolean;
}

/** Beginning and end, half-open. */
export type Span = readonly [number, number];

/** The most hits that are marked in one text. */
export const MOST_HITS = 1_000;

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/** Every place, in order and apart, where the text has the needle, whatever its case. Nothing is found for an empty needle. */
export function places(text: string, needle: string): Span[] {
  return needle === "" ? [] : matches(text, new RegExp(escaped(needle), "giu"));
}

/** The text cut at the spans, which must be in order; those that overlap what came before are cut or left out. */
export function pieces(text: string, spans: readonly Span[]): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const [from, to] of spans) {
    const start = Math.max(from, at);
    if (to <= start) continue;
    if (start > at) out.push({ text: text.slice(at, start), hit: false });
    out.push({ text: text.slice(start, to), hit: true });
    at = to;
  }
  if (at < text.length) out.push({ text: text.slice(at), hit: false });
  return out;
}

/** The pieces of a text for spans in code points, as the API's snippets have them. */
export function piecesByPoints(text: string, hits: readonly Span[]): Piece[] {
  const units = [0];
  for (const point of text) units.push(units.at(-1)! + point.length);
  const unit = (point: number) => units[Math.min(point, units.length - 1)]!;
  return pieces(text, hits.map(([from, to]) => [unit(from), unit(to)] as const));
}

/** What a search text looks for in texts: one expression over its words, phrases and prefixes, or nothing. */
export function needles(search: string): RegExp | undefined {
  const wanted: string[] = [];
  let excluded = false;
  for (const found of search.matchAll(/(-?)(?:([\w.]+):)?(?:"([^"]*)"|([^\s()"]+))/gu)) {
    const [, not, column, phrase, bare] = found;
    const alone = bare?.replace(/^-/, "");
    const out = excluded || not;
    excluded = alone === "NOT";
    if (out || excluded || column !== undefined || alone === "OR" || alone === "AND") continue;
    const prefix = phrase === undefined && alone!.endsWith("*");
    const words = (phrase ?? alone!).match(/[\p{L}\p{N}\p{M}_]+/gu);
    if (words) wanted.push(bounded(words.map(escaped).join("[^\\p{L}\\p{N}]+") + (prefix ? "[\\p{L}\\p{N}\\p{M}]*" : "")));
  }
  if (wanted.length === 0) return undefined;
  return new RegExp(wanted.join("|"), "giv");
}

/** Scripts that write no spaces between words: next to their letters a word may begin and end anywhere. */
const SPACELESS = "[\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Thai}\\p{scx=Laoo}\\p{scx=Khmr}\\p{scx=Mymr}]";
const SPACED = `[[\\p{L}\\p{N}]--${SPACELESS}]`;
const BEGINS_FREE = new RegExp(`^${SPACELESS}`, "v");
const ENDS_FREE = new RegExp(`${SPACELESS}$`, "v");

/** A word that stands alone, as far as its script parts words. */
const bounded = (word: string): string => (BEGINS_FREE.test(word) ? "" : `(?<!${SPACED})`) + `(?:${word})` + (ENDS_FREE.test(word) ? "" : `(?!${SPACED})`);

/** Every place where the expression, which must be global, matches the text. */
export function matches(text: string, wanted: RegExp): Span[] {
  const spans: Span[] = [];
  for (const match of text.matchAll(wanted)) {
    if (match[0] !== "") spans.push([match.index, match.index + match[0].length]);
    if (spans.length === MOST_HITS) break;
  }
  return spans;
}

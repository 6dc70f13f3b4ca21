// Where a text has what somebody looks for, and the text in pieces for display. Offsets are in UTF-16 units
// unless said otherwise; no piece is ever markup.

import { beginningOfUuid, hasEscapes, plainId, tokens, unescaped, type Token } from "../lib/tokens";

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

/**
 * Every place, in order, where the text has the needle, whatever its case, also behind escapes of JSON. Nothing is found
 * for an empty needle.
 */
export function places(text: string, needle: string): Span[] {
  if (needle === "") return [];
  const wanted = new RegExp(escaped(needle), "giu");
  return alsoUnescaped(text, (text) => matches(text, wanted));
}

/** What is found in a text, and in it without the escapes of JSON. */
function alsoUnescaped(text: string, find: (text: string) => Span[]): Span[] {
  const spans = find(text);
  if (!hasEscapes(text)) return spans;
  const { text: plain, at } = unescaped(text);
  const behind = find(plain).map(([from, to]) => [at[from]!, Math.max(at[to]!, at[to - 1]! + 1)] as const);
  const all = [...spans, ...behind].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return apart(all).slice(0, MOST_HITS);
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

/** What a search text looks for in texts, in words as the server cuts them. */
export interface Needles {
  /** Words side by side; identifiers apart. */
  phrases: { words: string[]; identifiers: string[] }[];
  /** Beginnings of words and identifiers, with the words right before them. */
  beginnings: { words: string[]; start: string }[];
}

/** The fewest letters of a word that is being typed, and of an identifier's beginning. */
const LEAST_TYPED = 2;
const LEAST_OF_IDENTIFIER = 4;

/**
 * The words, phrases and beginnings that a search text does not exclude; nothing where there are none. The last word of
 * what is typed may be the beginning of one.
 */
export function needles(search: string): Needles | undefined {
  const wanted: Needles = { phrases: [], beginnings: [] };
  for (const { phrase, bare, last } of terms(search)) {
    const starred = bare?.endsWith("*") === true;
    const text = phrase ?? (starred ? bare!.slice(0, -1) : (bare ?? ""));
    const found = tokens(text);
    const begun = (starred || (last === true && text.length >= LEAST_TYPED)) && begins(text, found);
    if (begun) wanted.beginnings.push(...begun);
    if (begun && starred) continue;
    const of = (kind: Token["kind"]) => found.filter((token) => token.kind === kind).map((token) => token.text);
    if (found.length > 0) wanted.phrases.push({ words: of("word"), identifiers: of("identifier").map(plainId) });
  }
  return wanted.phrases.length + wanted.beginnings.length > 0 ? wanted : undefined;
}

/** What begins as a text ends, and the words before it; nothing where its end is not the beginning of a word. */
function begins(text: string, found: readonly Token[]): Needles["beginnings"] | undefined {
  const last = found.at(-1);
  if (last === undefined || last.to !== text.length || last.kind === "identifier" || isWordAlone(last.text)) return undefined;
  const words = found.slice(0, -1).filter((token) => token.kind === "word").map((token) => token.text);
  const uuid = beginningOfUuid(text);
  return [{ words, start: last.text }, ...(uuid === undefined ? [] : [{ words: [], start: uuid }])];
}

/** Whether a letter is a word by itself: any part of a run of such letters is a phrase. */
const isWordAlone = (word: string) => tokens(word + word).length === 2;

/** The words and quoted phrases of a search text that ask for texts; what is excluded and what asks a column is left out. */
function* terms(search: string): Generator<{ phrase?: string; bare?: string; last?: boolean }> {
  let not = false;
  let excludedAt = Infinity;
  let depth = 0;
  for (const found of search.matchAll(/([()])|(?:([a-z][a-z0-9_]*|attr\.[^\s()":]*):(?!\/\/))?(?:"((?:[^"\\]|\\.)*)"?|([^\s()"]+))/gu)) {
    const [, paren, column, phrase, word] = found;
    if (paren === "(") {
      depth++;
      if (not && excludedAt === Infinity) excludedAt = depth;
      not = false;
      continue;
    }
    if (paren === ")") {
      if (depth-- <= excludedAt) excludedAt = Infinity;
      continue;
    }
    if (word !== undefined && /^(?:-+|NOT)$/.test(word)) {
      not = word === "NOT" || /^[^\s]/.test(search.slice(found.index + word.length));
      continue;
    }
    const excluded = not || excludedAt !== Infinity || (column === undefined && /^-/.test(word ?? ""));
    not = false;
    if (excluded || column !== undefined || word === "OR" || word === "AND") continue;
    yield phrase === undefined ? { bare: word, last: found.index + found[0].length === search.length } : { phrase: phrase.replace(/\\([^\p{L}\p{N}])/gu, "$1") };
  }
}

/** Every place of a text where it has what is looked for, in order; also where it has it behind escapes of JSON. */
export function marks(text: string, wanted: Needles): Span[] {
  return alsoUnescaped(text, (text) => marksIn(text, wanted));
}

function marksIn(text: string, wanted: Needles): Span[] {
  const found = tokens(text);
  const words = found.filter((token) => token.kind === "word");
  const spans: Span[] = [];
  for (const { words: phrase, identifiers } of wanted.phrases) {
    for (let at = 0; phrase.length > 0 && at + phrase.length <= words.length; at++) {
      if (phrase.every((word, place) => words[at + place]!.text === word)) spans.push([words[at]!.from, words[at + phrase.length - 1]!.to]);
    }
    for (const token of found) if (token.kind === "identifier" && identifiers.includes(plainId(token.text))) spans.push([token.from, token.to]);
  }
  for (const { words: before, start } of wanted.beginnings) {
    for (const [at, word] of words.entries()) {
      const follows = at >= before.length && before.every((one, place) => words[at - before.length + place]!.text === one);
      if (follows && word.text.startsWith(start)) spans.push([words[at - before.length]!.from, word.to]);
    }
    const of = (token: Token) => token.kind === "identifier" && start.length >= LEAST_OF_IDENTIFIER && plainId(token.text).startsWith(start);
    for (const token of found) if (of(token)) spans.push([token.from, token.to]);
  }
  spans.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return apart(spans).slice(0, MOST_HITS);
}

/** Spans in order, each once. */
const apart = (spans: Span[]) => spans.filter((span, place) => place === 0 || span[0] !== spans[place - 1]![0] || span[1] !== spans[place - 1]![1]);

/** Every place where the expression, which must be global, matches the text. */
function matches(text: string, wanted: RegExp): Span[] {
  const spans: Span[] = [];
  for (const match of text.matchAll(wanted)) {
    if (match[0] !== "") spans.push([match.index, match.index + match[0].length]);
    if (spans.length === MOST_HITS) break;
  }
  return spans;
}

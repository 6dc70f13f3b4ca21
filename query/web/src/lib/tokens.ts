// Words as the server cuts them (model/src/text.rs), so that the page marks what a search found. Both are tested with
// query/tests/vectors/words.json. Offsets are in UTF-16 units.

/** A word or an identifier of a text, folded, and where it stands. */
export interface Token {
  kind: "word" | "identifier";
  text: string;
  from: number;
  to: number;
}

type Kind = "latin" | "spaceless" | "picture" | "mark" | "separator" | `spaced ${string}`;

const PICTURE = /^[\u2600-\u27bf\u{1f000}-\u{1faff}\p{Extended_Pictographic}\p{Emoji}\p{Regional_Indicator}]$/u;
const MODIFIER = /^\p{Emoji_Modifier}$/u;
const LEFT_OUT =
  /^[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Emoji_Modifier}\u20e3\u0640\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0898-\u089f\u08ca-\u08e1\u08e3-\u08ff]$/u;
const APOSTROPHE = /^[\u02b9-\u02bf\u02c8\u02ca\u02cb\u055a\u05f3\u07f4\u07f5\ua78b\ua78c]$/u;
const DASH = /^[\p{Pd}\u2212\u2043]$/u;
const SPACELESS =
  /^[ー\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Bopomofo}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{sc=Tibetan}\p{sc=Yi}\p{sc=Tai_Le}\p{sc=New_Tai_Lue}\p{sc=Tai_Tham}\p{sc=Tai_Viet}\p{sc=Javanese}\p{sc=Balinese}]$/u;
const SCRIPTS = (
  "Cyrillic Greek Arabic Hebrew Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala " +
  "Georgian Armenian Ethiopic Mongolian Thaana Syriac Common"
).split(" ").map((name) => [name, new RegExp(`^\\p{sc=${name}}$`, "u")] as const);

const isAscii = (text: string) => /^[\0-\x7f]*$/.test(text);
const isPicture = (char: string) => !isAscii(char) && PICTURE.test(char) && !MODIFIER.test(char);

function kindOf(char: string): Kind {
  if (isAscii(char)) return /[a-z0-9_-]/i.test(char) ? "latin" : "separator";
  if (isPicture(char)) return "picture";
  if (/\p{M}/u.test(char)) return "mark";
  if (!/[\p{L}\p{N}]/u.test(char) || APOSTROPHE.test(char)) return "separator";
  if (/\p{sc=Latin}/u.test(char)) return "latin";
  if (SPACELESS.test(char)) return "spaceless";
  return `spaced ${SCRIPTS.find(([, script]) => script.test(char))?.[0] ?? ""}`;
}

/** Letters as people type them: Greek without the stress that its capitals do not have, `ё` as `е`. */
const BARE: Record<string, string> = { ά: "α", έ: "ε", ή: "η", ί: "ι", ό: "ο", ύ: "υ", ώ: "ω", ΐ: "ϊ", ΰ: "ϋ", ё: "е" };

/** A letter as people type it, a digit of any script as that of ASCII: ten stand in a row, from a code point on that ends with 0 or 6. */
function bare(char: string): string {
  if (isAscii(char)) return char;
  if (!/\p{Nd}/u.test(char)) return BARE[char] ?? char;
  const code = char.codePointAt(0)!;
  return String((code & 15) - (/\p{Nd}/u.test(String.fromCodePoint(code & ~15)) ? 0 : 6));
}

function foldOnce(text: string): string {
  let folded = "";
  const push = (char: string) => { if (char !== "\u0307" || !folded.endsWith("i")) folded += char; };
  for (const char of text.normalize("NFKC")) {
    if (!isAscii(char) && LEFT_OUT.test(char)) continue;
    if (DASH.test(char)) folded += "-";
    else for (const lower of char.toLowerCase()) for (const upper of lower.toUpperCase()) for (const last of upper.toLowerCase()) push(last);
  }
  return Array.from(folded.normalize("NFKC"), bare).join("");
}

function foldCluster(cluster: string): string {
  if (isPicture(String.fromCodePoint(cluster.codePointAt(0)!))) return [...cluster].filter(isPicture).join("");
  let text = cluster.normalize("NFKC").includes("\u2044") ? ` ${cluster} ` : cluster;
  for (let pass = 0; pass < 4; pass++) {
    const next = foldOnce(text);
    if (next === text) break;
    text = next;
  }
  return text;
}

const clusters = new Intl.Segmenter("en", { granularity: "grapheme" });

/** A text folded, and for each unit of it from where in the original it comes. */
function fold(original: string): { text: string; from: number[]; to: number[] } {
  let text = "";
  const from: number[] = [];
  const to: number[] = [];
  for (const { segment, index } of clusters.segment(original)) {
    const folded = foldCluster(segment);
    text += folded;
    for (let unit = 0; unit < folded.length; unit++) {
      from.push(index);
      to.push(index + segment.length);
    }
  }
  return { text, from, to };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?=$|[-_])/;
const UUID_ONLY = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const encoder = new TextEncoder();

function looksLikeIdentifier(part: string): boolean {
  if (part.length < 16 || !isAscii(part) || !/[0-9]/.test(part)) return false;
  if (/^[0-9a-f]+$/.test(part)) return true;
  let changes = 0;
  for (let at = 1; at < part.length; at++) changes += Number(/[0-9]/.test(part[at]!) !== /[0-9]/.test(part[at - 1]!));
  return part.length >= 20 && changes * 4 >= part.length;
}

const isLong = (text: string) => text.length > 21 && encoder.encode(text).length > 64;

/** The words and identifiers of a text, in order. */
export function tokens(original: string): Token[] {
  const out: Token[] = [];
  for (const run of original.matchAll(/[A-Za-z0-9_\-\u0080-\uffff]+/g)) {
    const ascii = isAscii(run[0]);
    const { text, from, to } = ascii ? { text: run[0].toLowerCase(), from: [], to: [] } : fold(run[0]);
    const put = (kind: Token["kind"], start: number, end: number) => {
      const [first, last] = ascii ? [start, end] : [from[start]!, to[end - 1]!];
      out.push({ kind, text: text.slice(start, end), from: run.index + first, to: run.index + last });
    };
    cut(text, put);
  }
  return out;
}

function cut(text: string, put: (kind: Token["kind"], from: number, to: number) => void): void {
  let current: Kind = "separator";
  let start = 0;
  let end = 0;
  const close = () => {
    if (current === "latin") cutNames(text.slice(start, end), (kind, from, to) => put(kind, start + from, start + to));
    else if (current !== "separator" && current !== "mark") put(isLong(text.slice(start, end)) ? "identifier" : "word", start, end);
  };
  let at = 0;
  for (const char of text) {
    const kind = kindOf(char);
    const goesOn =
      kind === "mark" ? !/[-_]$/.test(text.slice(start, end)) : kind !== "spaceless" && kind !== "picture" && kind === current;
    if (!goesOn) {
      close();
      [current, start] = [kind, at];
    }
    at += char.length;
    end = at;
  }
  close();
}

function cutNames(run: string, put: (kind: Token["kind"], from: number, to: number) => void): void {
  let start = 0;
  while (start < run.length) {
    const rest = run.slice(start);
    const uuid = UUID.exec(rest);
    if (uuid) {
      put("identifier", start, start + uuid[0].length);
      start += uuid[0].length;
      continue;
    }
    const mark = rest.search(/[-_]/);
    const length = mark < 0 ? rest.length : mark;
    const part = rest.slice(0, length);
    const moment = ofMoment(run.slice(0, start), part);
    for (const [from, to] of moment ?? []) if (to > from) put("word", start + from, start + to);
    if (length > 0 && !moment) put(looksLikeIdentifier(part) || isLong(part) ? "identifier" : "word", start, start + length);
    start += length + 1;
  }
}

/** Where a moment as RFC 3339 hangs two words together: `2026-11-29T10` is a day and an hour, `30Z` a second. */
function ofMoment(before: string, part: string): [number, number][] | undefined {
  const end = part.length;
  if (/^\d{1,9}z$/.test(part)) return [[0, end - 1], [end - 1, end]];
  return /^\d\dt\d{0,2}$/.test(part) && /\d{4}-\d\d-$/.test(before) ? [[0, 2], [3, end]] : undefined;
}

/** The digits of a UUID up to somewhere behind its first hyphen, where a text ends with that. */
export function beginningOfUuid(text: string): string | undefined {
  const end = /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f-]*$/i.exec(text)?.[0];
  const isOne = end !== undefined && end.length < 36 && [...end].every((char, place) => (char === "-") === [8, 13, 18, 23].includes(place));
  return isOne ? end.replaceAll("-", "").toLowerCase() : undefined;
}

/** One spelling of an identifier: a UUID is the same with and without its hyphens. */
export const plainId = (id: string) => (UUID_ONLY.test(id) ? id.replaceAll("-", "") : id);

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|([nrtbf"\\/]))|(?:%[0-9a-fA-F]{2})+/g;
const ESCAPED: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

/** What is percent-encoded in an address, where that is UTF-8. */
function decoded(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

/** Whether a text may have something that {@link unescaped} resolves. */
export const hasEscapes = (text: string): boolean => text.includes("\\") || text.includes("%");

/** A text with the escapes of JSON and of addresses resolved, and where each of its units stands in the original. */
export function unescaped(original: string): { text: string; at: number[] } {
  let text = "";
  const at: number[] = [];
  const push = (part: string, start: number, step: number) => {
    text += part;
    for (let unit = 0; unit < part.length; unit++) at.push(start + unit * step);
  };
  let done = 0;
  for (const escape of original.matchAll(ESCAPE)) {
    push(original.slice(done, escape.index), done, 1);
    const [whole, code, letter] = escape;
    if (whole.startsWith("%")) {
      const plain = decoded(whole);
      // All of it stands for all of it: what is found in a part of it is marked as a whole.
      if (plain === undefined) push(whole, escape.index, 1);
      else push(plain, escape.index, 0);
      done = escape.index + whole.length;
      continue;
    }
    push(code === undefined ? (ESCAPED[letter!] ?? letter!) : String.fromCharCode(parseInt(code, 16)), escape.index, 0);
    done = escape.index + whole.length;
  }
  push(original.slice(done), done, 1);
  at.push(original.length);
  return { text, at };
}

// A text as a search that finds it as it stands: the signs of the grammar are in quotes.

/** Parts of a search that mean themselves. */
const PLAIN = /^[\p{L}\p{N}_.@/+][\p{L}\p{M}\p{N}_.@/+-]*$/u;
const OPERATOR = /^(?:OR|AND|NOT)$/;

/** A value as a search has it: in quotes where it has more than plain characters. */
export const quoted = (value: string): string => (PLAIN.test(value) && !OPERATOR.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`);

/** The longest search, in bytes; and so many characters are always shorter. */
const MOST_BYTES = 4_096;
const MOST_CHARS = 900;

/** What finds a text that has as many characters as it likes: its words side by side, up to the last one that is whole. */
export function literal(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  const whole = line && quoted(line);
  return new Blob([whole]).size <= MOST_BYTES ? whole : quoted([...line].slice(0, MOST_CHARS).join("").replace(/ [^ ]*$/, ""));
}

/** A search as it was meant: the end of a long identifier, as the page shows it, is one; what is nothing but a number is looked for, below zero too. */
export function meant(typed: string): string {
  const text = typed.trim();
  if (/^-\d[\d.,]*(?:e[+-]?\d+)?$/i.test(text)) return `"${text}"`;
  return text.replace(/"(?:\\.|[^"\\])*"|(^|[\s:(])[\w.-]*…([\w.-]{4,})/g, (all, before?: string, end?: string) => (end === undefined ? all : `${before}*${end}`));
}

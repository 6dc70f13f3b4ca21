// A text in pieces, those that were searched for apart.

export interface Piece {
  text: string;
  hit: boolean;
}

/** Cuts a text at its hits; offsets count characters, and come in order. */
export function marked(text: string, hits: [number, number][]): Piece[] {
  const chars = [...text];
  const pieces: Piece[] = [];
  let at = 0;
  const push = (from: number, to: number, hit: boolean) => {
    if (to > from) pieces.push({ text: chars.slice(from, to).join(""), hit });
  };
  for (const [from, to] of hits) {
    const start = Math.max(at, from);
    const end = Math.min(chars.length, to);
    if (end <= start) continue;
    push(at, start, false);
    push(start, end, true);
    at = end;
  }
  push(at, chars.length, false);
  return pieces;
}

/** What stands before the first hit, in characters, where the cell is narrow. */
const LEAD_CHARS = 12;

/** The same from shortly before the first hit on, so that it is in sight. */
export function nearHit(pieces: Piece[]): Piece[] {
  const [first, ...rest] = pieces;
  if (first === undefined || first.hit || rest.length === 0) return pieces;
  const chars = [...first.text];
  if (chars.length <= LEAD_CHARS) return pieces;
  return [{ text: `…${chars.slice(-LEAD_CHARS).join("").trimStart()}`, hit: false }, ...rest];
}

// A text in pieces, those that were searched for apart.

import type { Row } from "../lib/api";
import { ID_COLUMNS } from "../lib/columns";

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

/** The words around the hit, but for those that stand in one of these columns: there they are marked, and hide no reason. */
export const toldHit = (row: Row, columns: readonly string[]): Row["snippet"] => (columns.some((column) => isHit(row, column)) ? undefined : row.snippet);

/** Whether all that a column has is the text with the hit. Those of which something else is shown are left out. */
export const isHit = ({ snippet, ...row }: Row, column: string): boolean => snippet !== undefined && snippet.text === row[column] && (ID_COLUMNS.has(column) || AS_SENT.has(column));

/** Columns that are shown as they were sent. */
const AS_SENT = new Set(["object", "element", "performed_by", "service"]);

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

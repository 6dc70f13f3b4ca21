// Where a moment stands in the lanes. Busy stretches have each a scale of their own; idle time is folded.

/** A stretch of time and its place, in pixels from the start of the whole. Times are milliseconds since the interaction began. */
export interface Piece {
  from: number;
  to: number;
  left: number;
  right: number;
  /** Idle time, drawn in a fixed width whatever its length. */
  folded: boolean;
}

/** The width of folded idle time, in pixels, as long as the folds leave room for the rest. */
export const FOLD_PX = 67;
/** What is narrower can hardly be pressed. */
export const PRESSED_PX = 24;
/** The share of the width that folds may have in order to be as wide as that. */
const MOST_OF_FOLDS = 0.55;
/** The share of the width that all folds, and all busy stretches before their shares, may have. */
const SHARE = 0.4;
/** The room at both ends of a busy stretch, so that nothing touches its edges. */
const PAD_PX = 14;
/** The least width of a busy stretch. */
const LEAST_PX = 56;

/** Idle time by its start and end. */
export interface Idle {
  from: number;
  to: number;
}

/**
 * Divides a width among the stretches of an interaction that lasts until `end`.
 *
 * A busy stretch gets the more, the more happens in it and the longer it is (by its root, so that minutes
 * do not leave seconds without room).
 * `times` are the moments of the events, in order. `unfolded` are the starts of idle times that are drawn as they are.
 */
export function divide(idle: readonly Idle[], end: number, times: readonly number[], width: number, unfolded: ReadonlySet<number>): Piece[] {
  const pieces = stretches(idle, end, unfolded);
  const busy = pieces.filter(({ folded }) => !folded);
  const folds = pieces.length - busy.length;
  const each = (share: number) => (width * share) / Math.max(1, folds);
  const fold = Math.min(FOLD_PX, Math.max(each(SHARE), Math.min(PRESSED_PX, each(MOST_OF_FOLDS))));
  const least = Math.min(LEAST_PX, (width * SHARE) / busy.length);
  const spare = width - folds * fold - busy.length * least;
  const shares = weights(busy, times);
  let left = 0;
  let at = 0;
  for (const piece of pieces) {
    piece.left = left;
    left += piece.folded ? fold : least + spare * shares[at++]!;
    piece.right = left;
  }
  return pieces;
}

function stretches(idle: readonly Idle[], end: number, unfolded: ReadonlySet<number>): Piece[] {
  const pieces: Piece[] = [];
  const push = (from: number, to: number, folded: boolean) => pieces.push({ from, to, left: 0, right: 0, folded });
  let from = 0;
  for (const gap of idle) {
    if (unfolded.has(gap.from)) continue;
    push(from, gap.from, false);
    push(gap.from, gap.to, true);
    from = gap.to;
  }
  push(from, Math.max(from, end), false);
  return pieces;
}

function weights(busy: readonly Piece[], times: readonly number[]): number[] {
  const counts = busy.map(() => 0);
  let at = 0;
  for (const time of times) {
    while (at < busy.length - 1 && time > busy[at]!.to) at += 1;
    counts[at]! += 1;
  }
  const roots = busy.map(({ from, to }) => Math.sqrt(to - from));
  const all = roots.reduce((sum, root) => sum + root, 0) || 1;
  const shares = busy.map((_, place) => counts[place]! / Math.max(1, times.length) + roots[place]! / all);
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => (sum > 0 ? share / sum : 1 / shares.length));
}

/** The place of a moment. */
export function placeOf(pieces: readonly Piece[], time: number): number {
  const piece = find(pieces, ({ to }) => time <= to);
  const [start, room] = inside(piece);
  const length = piece.to - piece.from;
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, (time - piece.from) / length));
  return start + share * room;
}

/** The moment at a place. */
export function timeAt(pieces: readonly Piece[], place: number): number {
  const piece = find(pieces, ({ right }) => place <= right);
  const [start, room] = inside(piece);
  const share = room === 0 ? 0 : Math.min(1, Math.max(0, (place - start) / room));
  return piece.from + share * (piece.to - piece.from);
}

/** Where the moments of a piece begin, and the room that they have. */
function inside(piece: Piece): [number, number] {
  const width = piece.right - piece.left;
  const pad = piece.folded ? 0 : Math.min(PAD_PX, width / 4);
  return [piece.left + pad, width - 2 * pad];
}

/** The first piece for which something holds, the last where it holds for none. */
function find(pieces: readonly Piece[], holds: (piece: Piece) => boolean): Piece {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(pieces[middle]!)) high = middle;
    else low = middle + 1;
  }
  return pieces[low]!;
}

/** A mark of a scale. `time` is the moment; `since` how long after its stretch began, 0 at its start. */
export interface Mark {
  place: number;
  time: number;
  since: number;
}

/** Steps of a scale, in milliseconds. */
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3, 1_800e3, 3_600e3, 7_200e3, 21_600e3, 43_200e3, 86_400e3, 604_800e3];
/** How far marks are apart at least. */
const MARK_PX = 96;
/** The room that the time at the start of a stretch takes. */
const TIME_PX = 62;
/** Where the first mark after it may be. */
const START_PX = 74;

/** The marks of the stretches that are in sight: the start of each, and as many within as fit. */
export function marks(pieces: readonly Piece[], from: number, to: number): Mark[] {
  const found: Mark[] = [];
  for (const piece of pieces) {
    if (piece.folded || piece.right < from || piece.left > to) continue;
    // A time is told whole or not at all: in a short stretch its idle neighbours have their lengths there.
    if (piece.left >= from && piece.left + TIME_PX <= Math.min(piece.right, to)) found.push({ place: piece.left, time: piece.from, since: 0 });
    const [start, room] = inside(piece);
    const perMs = room / (piece.to - piece.from || 1);
    const step = STEPS.find((one) => one * perMs >= MARK_PX);
    if (step === undefined) continue;
    const first = Math.max(1, Math.ceil((from - start) / (step * perMs)));
    for (let count = first; count * step <= piece.to - piece.from; count += 1) {
      const place = start + count * step * perMs;
      if (place > to) break;
      if (place - piece.left > START_PX && place < piece.right - 40) found.push({ place, time: piece.from + count * step, since: count * step });
    }
  }
  return found;
}

// The list of cards: which of them are in sight. Heights are known beforehand, so nothing jumps.

/** Heights in px, as the styles have them. */
export const DAY_PX = 25;
export const CARD_PX = 67;
export const CARD_WITH_REASON_PX = 89;

/** A line of the list: a day, or a row by its place. */
type Item = { day: string } | { row: number };

/** All lines, and where each begins; one more beginning than lines. */
export interface Layout {
  items: Item[];
  tops: number[];
}

/** Lays out rows, with a day before the first row of each. */
export function layout(days: readonly string[], reasons: readonly boolean[]): Layout {
  const items: Item[] = [];
  const tops = [0];
  const put = (item: Item, height: number) => {
    items.push(item);
    tops.push(tops.at(-1)! + height);
  };
  days.forEach((day, row) => {
    if (row === 0 || day !== days[row - 1]) put({ day }, DAY_PX);
    put({ row }, reasons[row] ? CARD_WITH_REASON_PX : CARD_PX);
  });
  return { items, tops };
}

/** The lines from one that lies at `top` to one at `bottom`, in px; half-open. */
export function inSight({ items, tops }: Layout, top: number, bottom: number): [number, number] {
  const after = (at: number) => {
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tops[middle + 1]! <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return [after(top), Math.min(items.length, after(bottom) + 1)];
}

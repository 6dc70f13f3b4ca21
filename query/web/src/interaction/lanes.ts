// What is drawn in the lanes: spans and single events, packed into rows, merged where they are too near.

import { duration } from "../lib/format";
import { isFailure } from "../lib/words";

/** Something to draw. Times are milliseconds since the interaction began. */
export interface Item {
  /** The event that is shown on a click. */
  id: string;
  from: number;
  /** Absent for a single event. */
  to?: number;
  name: string;
  status?: string;
  durationNanos?: number;
  /** It only waits. */
  waits: boolean;
  /** It has not ended. */
  open: boolean;
}

/** A drawn span or tick, in pixels from the left edge of what is in sight. */
export interface Shape {
  id: string;
  kind: "span" | "tick";
  left: number;
  /** When it began. */
  from: number;
  width: number;
  row: number;
  status?: string;
  waits: boolean;
  open: boolean;
  /** The name, as far as there is room for it. */
  name: string;
  /** The duration, where there is room for it too. */
  took: string;
  /** How many events it stands for. */
  count: number;
  /** What it is, whole: for readers of the screen and on hover. */
  label: string;
}

/** The most rows of one lane; what does not fit lies in the last. */
export const MOST_ROWS = 4;
/** The height of a row. */
export const ROW_PX = 24;
/** Ticks that are nearer become one. */
const MERGE_PX = 24;
/** Spans that are narrower are drawn as ticks. */
const SPAN_PX = 24;
/** What of a tick can be pressed; drawn it is narrower. */
const TICK_PX = 24;
const TICK_DRAWN_PX = 8;
/** Room beside what is in sight in which things are still drawn, so that they do not pop up. */
const BEYOND_PX = 40;
const CHAR_PX = 6.2;
const INSIDE_PX = 12;
const ICON_PX = 16;

/** The width of a text, as good as needs be to decide whether it fits. */
const textWidth = (text: string): number => [...text].reduce((sum, char) => sum + (char > "\u2E80" ? 11 : CHAR_PX), 0);

/**
 * Lays out one lane. `place` says where a moment stands; `width` is what is in sight, from 0.
 * `items` are in the order of their starts.
 */
export function laneShapes(items: readonly Item[], place: (time: number) => number, width: number): { shapes: Shape[]; rows: number } {
  const shapes = mergeTicks(drawn(items, place, width));
  const rows = pack(shapes);
  nameTicks(shapes, width);
  return { shapes, rows };
}

function drawn(items: readonly Item[], place: (time: number) => number, width: number): Shape[] {
  const shapes: Shape[] = [];
  for (const item of items) {
    const left = place(item.from);
    const right = item.to === undefined ? left : place(item.to);
    if (right < -BEYOND_PX || left > width + BEYOND_PX) continue;
    const span = item.to !== undefined && right - left >= SPAN_PX;
    const start = Math.max(left, -BEYOND_PX);
    const took = item.durationNanos === undefined ? "" : duration(item.durationNanos);
    const shape: Shape = {
      id: item.id, kind: span ? "span" : "tick", left: span ? start : left, from: item.from, width: span ? Math.min(right, width + BEYOND_PX) - start : TICK_PX,
      row: 0, status: item.status, waits: item.waits, open: item.open, name: item.name, took, count: 1,
      label: took === "" ? item.name : `${item.name} ${took}`,
    };
    if (span) fit(shape, Math.min(right, width) - Math.max(left, 0));
    shapes.push(shape);
  }
  return shapes;
}

/** A name that does not fit drops its duration first, then itself. */
function fit(shape: Shape, room: number): void {
  const icon = isFailure(shape.status) ? ICON_PX : 0;
  const named = textWidth(shape.name) + INSIDE_PX + icon;
  if (named + textWidth(shape.took) + 6 > room) shape.took = "";
  if (named > room && room < 60) shape.name = "";
}

function mergeTicks(shapes: Shape[]): Shape[] {
  shapes.sort((one, next) => one.left - next.left || next.width - one.width);
  const kept: Shape[] = [];
  let last: Shape | undefined;
  for (const shape of shapes) {
    if (shape.kind === "tick" && last && shape.left - last.left < MERGE_PX) {
      last.count += shape.count;
      if (worse(shape.status, last.status)) [last.id, last.status, last.name, last.label] = [shape.id, shape.status, shape.name, shape.label];
      continue;
    }
    kept.push(shape);
    if (shape.kind === "tick") last = shape;
  }
  for (const shape of kept) if (shape.count > 1) shape.label = `${shape.label}, and ${shape.count - 1} more`;
  return kept;
}

const worse = (status: string | undefined, than: string | undefined): boolean => isFailure(status) && !isFailure(than);

/** Gives each shape the first row in which it has room; says how many rows there are. */
function pack(shapes: Shape[]): number {
  const ends: number[] = [];
  for (const shape of shapes) {
    // A tick stands on its moment, a span starts there.
    const left = shape.kind === "tick" ? shape.left - TICK_PX / 2 : shape.left;
    let row = ends.findIndex((end) => end <= left);
    if (row < 0) row = Math.min(ends.length, MOST_ROWS - 1);
    ends[row] = Math.max(ends[row] ?? -Infinity, left + shape.width + 1);
    shape.row = row;
  }
  return Math.max(1, ends.length);
}

/** A tick keeps its name only where nothing follows too soon in its row. */
function nameTicks(shapes: Shape[], width: number): void {
  const next: number[] = [];
  for (const shape of shapes.toReversed()) {
    const end = next[shape.row] ?? width;
    if (shape.kind === "tick") {
      const name = shape.count > 1 ? `${shape.count} steps` : shape.name;
      shape.name = shape.left + TICK_DRAWN_PX + textWidth(name) + 6 <= end ? name : "";
    }
    next[shape.row] = shape.left - (shape.kind === "tick" ? TICK_PX / 2 : 0);
  }
}

// The list of steps: which are shown, where idle time stands between them, and how long after the start each came.

import { valueLabel } from "../lib/catalog.svelte";
import { duration } from "../lib/format";
import { isFailure } from "../lib/words";
import type { Interaction, Step } from "./answer";

/** A line of the list. */
export type Listed = { kind: "step"; step: Step; place: number } | { kind: "gap"; nanos: number; to: string };

export const STEP_PX = 28;
/** On a phone a step has two lines. */
export const PHONE_STEP_PX = 60;
export const GAP_PX = 24;

/** The columns that the search in the steps looks at. */
const LOOKED_AT = ["event", "element", "object", "reason", "performed_by", "channel", "status"] as const;

/** Whether a step has a text in what the list says of it. */
export function has(step: Step, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return true;
  return LOOKED_AT.some((column) => {
    const value = step[column];
    return typeof value === "string" && (value.toLowerCase().includes(wanted) || valueLabel(column, value).toLowerCase().includes(wanted));
  });
}

/** The lines of the list. Idle time is told only where all steps are shown. */
export function listed(told: Interaction, text: string, failuresOnly: boolean): Listed[] {
  const whole = text.trim() === "" && !failuresOnly;
  const gaps = new Map(told.gaps.map((gap) => [gap.after, gap]));
  const out: Listed[] = [];
  for (const [place, step] of told.events.entries()) {
    if ((failuresOnly && !isFailure(step.status)) || !has(step, text)) continue;
    out.push({ kind: "step", step, place });
    const gap = whole ? gaps.get(step.id) : undefined;
    if (gap && place < told.events.length - 1) out.push({ kind: "gap", nanos: gap.nanos, to: gap.to });
  }
  return out;
}

/** Where each line begins, in pixels; the last value is the height of all. */
export function tops(lines: readonly Listed[], step = STEP_PX): number[] {
  const found = [0];
  for (const line of lines) found.push(found.at(-1)! + (line.kind === "gap" ? GAP_PX : step));
  return found;
}

/** The place of the line at a height. */
export function lineAt(found: readonly number[], height: number): number {
  let low = 0;
  let high = Math.max(0, found.length - 2);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (found[middle]! <= height) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** How long after the start, given in milliseconds: 0 ms, +218 ms, +4.58 s, +19:27, +1:02:03, and of days as every length: +2 d 2 h. */
export function after(ms: number): string {
  if (ms < 60_000) return `${ms === 0 ? "" : "+"}${duration(ms * 1e6)}`;
  const seconds = Math.floor(ms / 1_000);
  const pad = (number: number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60];
  if (seconds >= 86_400) return `+${duration(ms * 1e6)}`;
  return hours > 0 ? `+${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `+${minutes}:${pad(seconds % 60)}`;
}

// Filter for, filter out and copy, in the cell that the pointer rests on.

import type { Row } from "../lib/api";
import { element, icon } from "../lib/dom";
import type { IconName } from "../lib/icons";
import { valueLabel } from "../lib/names";
import { ID_COLUMNS, isFilter } from "../lib/columns";
import { columnLabel } from "../lib/words";
import { valueOf } from "./cells";

/** How long the pointer rests before the buttons come, in milliseconds. */
const REST = 120;

export interface Hovered {
  row: (id: string) => Row | undefined;
  column: (at: number) => string | undefined;
  filter: (column: string, value: string, exclude: boolean) => void;
  copy: (value: string, what: string) => void;
}

/** Watches a table's body; returns how to stop. */
export function offerFilters(body: HTMLElement, { row, column, filter, copy }: Hovered): () => void {
  let over: HTMLTableCellElement | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const leave = () => {
    clearTimeout(timer);
    over?.classList.remove("acted", "beside");
    over?.querySelector(".cell-acts")?.remove();
    over = undefined;
  };

  const offer = (cell: HTMLTableCellElement) => {
    const name = column(cell.cellIndex);
    const found = row(cell.parentElement?.dataset["id"] ?? "");
    const several = name === undefined ? undefined : found?.[name];
    const value = Array.isArray(several) ? String(several[0]) : name !== undefined && found ? valueOf(found, name) : undefined;
    if (name === undefined || value === undefined) return;
    const words = `${columnLabel(name)} ${valueLabel(name, value)}`;
    const acts = element("span", "cell-acts");
    if (isFilter(name)) acts.append(button("Filter for", words, "funnel-plus", () => filter(name, value, false)), button("Filter out", words, "funnel-x", () => filter(name, value, true)));
    acts.append(button("Copy", words, "copy", () => copy(value, columnLabel(name))));
    cell.append(acts);
    cell.classList.add("acted");
    // The end of an identifier is what one reads: the buttons stand beside it.
    if (ID_COLUMNS.has(name)) cell.classList.add("beside");
  };

  const enter = (event: PointerEvent) => {
    const cell = (event.target as Element).closest("td") ?? undefined;
    if (cell === over) return;
    leave();
    if (!cell || event.pointerType !== "mouse") return;
    over = cell;
    timer = setTimeout(() => offer(cell), REST);
  };

  body.addEventListener("pointerover", enter);
  body.addEventListener("pointerleave", leave);
  return () => {
    leave();
    body.removeEventListener("pointerover", enter);
    body.removeEventListener("pointerleave", leave);
  };
}

function button(what: string, words: string, name: IconName, act: () => void): HTMLButtonElement {
  const made = element("button", "btn");
  made.type = "button";
  made.tabIndex = -1;
  made.title = what;
  made.setAttribute("aria-label", `${what} ${words}`);
  made.append(icon(name, "s"));
  made.addEventListener("click", act);
  return made;
}

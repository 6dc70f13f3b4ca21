// Keeps the rows of the table's body: makes what comes into sight, drops what leaves it, and leaves all others alone.

import type { Row } from "../lib/api";
import { element } from "../lib/dom";
import { cells, type Look } from "./cells";

interface Made {
  line: HTMLTableRowElement;
  row: Row;
  /** The row above it, which its identifiers are held against. */
  above: Row | undefined;
}

export class Painter {
  private made = new Map<string, Made>();
  private look = "";

  constructor(private readonly body: HTMLElement) {}

  /**
   * Brings the body to these rows. `first` is the place of the first of them in the log; `turn` changes when the
   * same rows read differently, such as after names were learnt; `above` is the row before the first.
   */
  paint(rows: readonly Row[], first: number, selected: string, look: Look, turn: number, above?: Row): void {
    const now = `${turn} ${look.zone} ${look.columns.join()}`;
    const wanted = new Set(rows.map(({ id }) => id));
    for (const [id, { line }] of this.made) {
      if (wanted.has(id)) continue;
      line.remove();
      this.made.delete(id);
    }
    let next = this.body.firstElementChild;
    rows.forEach((row, at) => {
      const line = this.line(row, at === 0 ? above : rows[at - 1], look, now !== this.look);
      if (line === next) next = next.nextElementSibling;
      else this.body.insertBefore(line, next);
      set(line, "aria-rowindex", String(first + at + 2));
      set(line, "aria-selected", String(row.id === selected));
      set(line, "tabindex", row.id === selected || (selected === "" && first + at === 0) ? "0" : "-1");
    });
    this.look = now;
  }

  private line(row: Row, above: Row | undefined, look: Look, anew: boolean): HTMLTableRowElement {
    const before = this.made.get(row.id);
    if (before && before.row === row && before.above === above && !anew) return before.line;
    // The line itself stays, with the focus that it may have.
    const line = before?.line ?? element("tr");
    line.dataset["id"] = row.id;
    line.replaceChildren(...cells(row, look, above));
    this.made.set(row.id, { line, row, above });
    return line;
  }
}

function set(line: HTMLElement, name: string, value: string): void {
  if (line.getAttribute(name) !== value) line.setAttribute(name, value);
}

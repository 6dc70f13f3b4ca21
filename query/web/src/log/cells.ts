// The cells of the log, made without components: rows are made by the dozen, the first ones before the page is there.

import type { Row } from "../lib/api";
import { element, icon } from "../lib/dom";
import { duration, shortId } from "../lib/format";
import { eventDescription, eventLabel, valueLabel } from "../lib/names";
import { moment, type Zone } from "../lib/time";
import { contextWord, ID_COLUMNS, statusClass, statusWord } from "../lib/words";
import { isHit, marked, nearHit, toldHit } from "./marked";

/** What all rows have in common. */
export interface Look {
  columns: readonly string[];
  zone: Zone;
}

/** What a row has in a column, as a text. */
export function valueOf(row: Row, column: string): string | undefined {
  const value = column === "duration" ? row.duration_nanos : row[column];
  return value === undefined || value === null ? undefined : String(value);
}

/** The cells of a row, with the last one, which tells why it did not succeed. */
export function cells(row: Row, { columns, zone }: Look): HTMLTableCellElement[] {
  const made = columns.map((column) => {
    const one = cell(valueOf(row, column), column, zone);
    if (isHit(row, column)) mark(one.querySelector("span, a")!, row.snippet!, column);
    return one;
  });
  made.push(reason(row, columns));
  return made;
}

const CLASSES: Record<string, string> = { event: "c-e", version: "num", performed_by: "by" };

function cell(value: string | undefined, column: string, zone: Zone): HTMLTableCellElement {
  const made = element("td", CLASSES[column]);
  made.append(value === undefined ? element("span", "none", "–") : content(value, column, zone));
  return made;
}

function content(value: string, column: string, zone: Zone): HTMLElement {
  if (column === "event") {
    const description = eventDescription(value);
    return titled(element("span", "", eventLabel(value)), description ? `${value}: ${description}` : value);
  }
  if (column === "status") return worded(statusWord(value), `st ${statusClass(value)}`);
  if (column === "occurred_in") return worded(contextWord(value), "ctx");
  if (column === "time" || column === "received") return timed(value, zone);
  if (column === "duration") return element("span", "num", duration(Number(value)));
  if (column === "interaction") {
    const link = element("a", "id", shortId(value));
    link.href = `/i/${encodeURIComponent(value)}`;
    return titled(link, `${value}: the whole interaction`);
  }
  if (ID_COLUMNS.has(column)) return titled(element("span", "id", shortId(value)), value);
  return titled(element("span", "", valueLabel(column, value)), value);
}

/** Marks the hits in a text; all of an identifier, which is not shown whole. */
function mark(words: Element, { text, hits }: NonNullable<Row["snippet"]>, column: string): void {
  if (ID_COLUMNS.has(column)) words.replaceChildren(element("mark", "", words.textContent));
  else words.replaceChildren(...marked(text, hits).map((piece) => (piece.hit ? element("mark", "", piece.text) : piece.text)));
}

function titled(made: HTMLElement, title: string): HTMLElement {
  made.title = title;
  return made;
}

function worded(word: ReturnType<typeof statusWord>, className: string): HTMLElement {
  const made = element("span", className);
  if (word.icon) made.append(icon(word.icon));
  made.append(word.label);
  return made;
}

function timed(value: string, zone: Zone): HTMLElement {
  const { day, time } = moment(value, zone);
  const made = element("time");
  made.dateTime = value;
  made.append(element("span", "", day), time);
  return titled(made, value);
}

/** Why it did not succeed, or the words around the hit of a search; and that there is more. */
function reason(row: Row, columns: readonly string[]): HTMLTableCellElement {
  const words = element("span", "cut");
  const hits = toldHit(row, columns);
  if (hits) {
    for (const { text, hit } of nearHit(marked(hits.text, hits.hits))) words.append(hit ? element("mark", "", text) : text);
  } else if (row.status !== "success") words.textContent = row.reason ?? "";
  const more = element("span", "more");
  more.append(words, icon("chevron-right", "s"));
  const made = element("td");
  made.append(more);
  return made;
}

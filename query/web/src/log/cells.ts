// The cells of the log, made without components: rows are made by the dozen, the first ones before the page is there.

import type { Row } from "../lib/api";
import { interactionPath, linkTo } from "../lib/base";
import { element, icon } from "../lib/dom";
import { duration, visible } from "../lib/format";
import { idParts } from "../lib/ids";
import { leadsTo } from "../lib/out";
import { eventDescription, eventLabel, valueLabel } from "../lib/names";
import { millis, moment, type Zone } from "../lib/time";
import { ID_COLUMNS } from "../lib/columns";
import { contextWord, oddities, statusClass, statusWord } from "../lib/words";
import { isHit, marked, nearHit, toldHit } from "./marked";

/** What all rows have in common. */
export interface Look {
  columns: readonly string[];
  zone: Zone;
}

/** Columns whose values lead to another system, where a template of the settings says so. */
const LEADS_OUT = new Set(["person", "conversation"]);

/** What a row has in a column, as a text. */
export function valueOf(row: Row, column: string): string | undefined {
  const value = column === "duration" ? row.duration_nanos : row[column];
  // A key may have several values.
  if (Array.isArray(value)) return value.join(", ");
  return value === undefined || value === null ? undefined : String(value);
}

/** The cells of a row, with the last one, which tells why it did not succeed. */
export function cells(row: Row, { columns, zone }: Look, above?: Row): HTMLTableCellElement[] {
  const early = ahead(row);
  const made = columns.map((column) => {
    const one = cell({ column, zone, value: valueOf(row, column), above: above && valueOf(above, column) });
    if (column === "time" && early > 0) one.append(warning(`This is ${duration(early)} after it arrived: the sender’s clock is ahead`));
    if (isHit(row, column)) mark(one.querySelector("span, a")!, row.snippet!, column);
    return one;
  });
  made.push(reason(row, columns));
  return made;
}

/** By how much a sender's clock may be ahead without a word, in nanoseconds. */
const AHEAD_NANOS = 60e9;

/** By how much an event's time is ahead of its arrival; 0 where that is no wonder. */
export function ahead({ time, received }: Row): number {
  // Milliseconds are enough to tell a minute.
  const nanos = (millis(time) - millis(received)) * 1e6;
  return nanos > AHEAD_NANOS ? nanos : 0;
}

function warning(words: string, kind = "ahead"): HTMLElement {
  const made = element("span", kind);
  made.title = words;
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", words);
  made.append(icon("triangle-alert", "xs"));
  return made;
}

const CLASSES: Record<string, string> = { event: "c-e", version: "num", performed_by: "by" };

interface Cell {
  column: string;
  zone: Zone;
  value?: string;
  /** What the row above has. */
  above?: string;
}

function cell({ value, ...of }: Cell): HTMLTableCellElement {
  const made = element("td", CLASSES[of.column]);
  // A name that is cut keeps its beginning, on whichever side that is.
  if (!ID_COLUMNS.has(of.column)) made.dir = "auto";
  if (value === undefined) {
    const none = element("span", "none", "–");
    none.setAttribute("aria-label", "none");
    none.setAttribute("role", "img");
    made.append(none);
  } else made.append(content(value, of));
  return made;
}

function content(value: string, { column, zone, above }: Cell): HTMLElement {
  if (column === "event") {
    const description = eventDescription(value);
    return titled(element("span", "", eventLabel(value)), description ? `${value}: ${description}` : value);
  }
  if (column === "status") return worded(statusWord(value), `st ${statusClass(value)}`);
  if (column === "occurred_in") return worded(contextWord(value), "ctx");
  if (column === "time" || column === "received") return timed(value, zone);
  if (column === "duration") return element("span", "num", duration(Number(value)));
  if (column === "interaction") {
    const link = element("a", "id idt spoken");
    link.dir = "auto";
    link.append(...idParts(value, above));
    link.href = linkTo(interactionPath(value), new URLSearchParams(), zone);
    return titled(link, `${value}: the whole interaction`);
  }
  if (ID_COLUMNS.has(column)) return identifier(value, column, above);
  const words = element("span", "", valueLabel(column, value));
  return titled(words, value);
}

function identifier(value: string, column: string, above?: string): HTMLElement {
  const out = LEADS_OUT.has(column) ? leadsTo(column, value) : undefined;
  const made = element(out ? "a" : "span", "id idt spoken");
  made.dir = "auto";
  if (made instanceof HTMLAnchorElement && out) {
    [made.href, made.target, made.rel] = [out.url, "_blank", "noopener noreferrer"];
  }
  made.append(...idParts(value, above));
  return titled(made, out ? `${value}: ${out.label}` : value);
}

/** Marks the hits in a text; all of an identifier, which is not shown whole. */
function mark(words: Element, { text, hits }: NonNullable<Row["snippet"]>, column: string): void {
  words.classList.remove("spoken");
  if (ID_COLUMNS.has(column)) words.replaceChildren(element("mark", "", words.textContent));
  else words.replaceChildren(...marked(text, hits).map((piece) => (piece.hit ? element("mark", "", visible(piece.text)) : visible(piece.text))));
}

function titled(made: HTMLElement, title: string): HTMLElement {
  made.title = title;
  return made;
}

function worded(word: ReturnType<typeof statusWord>, className: string): HTMLElement {
  const made = element("span", className);
  if (word.icon) made.append(icon(word.icon));
  made.append(element("span", "cut", word.label));
  return made;
}

function timed(value: string, zone: Zone): HTMLElement {
  const { day, time } = moment(value, zone);
  const made = element("time");
  made.dateTime = value;
  made.append(element("span", "", day), ` ${time}`);
  return titled(made, value);
}

/** Why it did not succeed, or the words around the hit of a search; and that there is more. */
function reason(row: Row, columns: readonly string[]): HTMLTableCellElement {
  const words = element("span", "cut");
  words.dir = "auto";
  const why = row.status === "success" ? undefined : row.reason;
  // Where there is no room for the column of its own, the element stands where no reason does.
  const where = columns.includes("element") ? undefined : row.element;
  words.title = [where, why].filter((one) => one !== undefined).join(": ");
  const hits = toldHit(row, columns);
  if (hits) {
    for (const { text, hit } of nearHit(marked(hits.text, hits.hits))) words.append(hit ? element("mark", "", visible(text)) : visible(text));
  } else if (why !== undefined && !columns.includes("reason")) words.textContent = visible(why);
  else if (where !== undefined) {
    words.textContent = visible(where);
    words.classList.add("where");
  }
  const open = element("button", "open");
  open.type = "button";
  open.tabIndex = -1;
  open.setAttribute("aria-label", "Open details");
  open.append(icon("chevron-right", "s"));
  const more = element("span", "more");
  more.append(words, open);
  const made = element("td");
  // That the clock is ahead is told beside the time.
  const odd = oddities(row.flags?.filter((flag) => flag !== "time_ahead"));
  if (odd.length > 0) more.prepend(warning(odd.join("\n"), "odd"));
  made.append(more);
  return made;
}

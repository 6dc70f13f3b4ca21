// The table of events.

import { el } from "./dom.js";
import { LABELS, label, moment, shortId, status } from "./words.js";

const IDS = ["person", "interaction", "conversation"];
export const COLUMNS = ["event", "status", "occurred_in", "object", "version", "performed_by", ...IDS];

/** The cells of the table's head; the time's one turns the order round. */
export function head(oldestFirst, turn) {
  const arrow = oldestFirst ? "↑" : "↓";
  const sort = el("button", { type: "button", title: "Turn the order round", on: { click: turn } }, `Timestamp, UTC ${arrow}`);
  return [
    ...COLUMNS.map((column) => el("th", { scope: "col", class: `c-${column}` }, LABELS[column])),
    el("th", { scope: "col", class: "c-time", "aria-sort": oldestFirst ? "ascending" : "descending" }, sort),
    el("th", { scope: "col", class: "c-details" }, "Details"),
  ];
}

/** One event. `open(id)` is called when it is chosen. */
export function row(event, selected, open) {
  const cells = COLUMNS.map((column) => el("td", { class: `c-${column}` }, value(event, column)));
  const { day, time } = moment(event.time);
  const chosen = (happened) => {
    if (happened.type === "keydown" && happened.key !== "Enter") return;
    open(event.id);
  };
  return el("tr", { id: `e-${event.id}`, tabindex: 0, "aria-selected": event.id === selected, on: { click: chosen, keydown: chosen } },
    cells,
    el("td", { class: "c-time" }, el("time", { datetime: event.time }, el("span", {}, day), ` ${time}`)),
    el("td", { class: "c-details" }, event.snippet ? snippet(event.snippet) : event.reason ?? ""));
}

function value(event, column) {
  const text = event[column];
  if (text === undefined) return el("span", { class: "none" }, "–");
  if (column === "status") return status(text);
  if (IDS.includes(column)) return el("span", { class: "id", title: text }, shortId(text));
  return el("span", { title: label(column, text) }, label(column, text));
}

/** The words around a hit. Offsets count characters, not UTF-16 units. */
function snippet({ text, hits }) {
  const characters = [...text];
  // The cell is narrow: the first hit must be in it, with a few characters before.
  let at = hits[0][0] > 18 ? hits[0][0] - 10 : 0;
  const parts = at ? ["…"] : [];
  for (const [from, to] of hits) {
    parts.push(characters.slice(at, from).join(""), el("mark", {}, characters.slice(from, to).join("")));
    at = to;
  }
  parts.push(characters.slice(at).join(""));
  return el("span", { class: "snippet", title: text }, parts);
}

/** Grey bars in the place of rows while the first ones load. */
export function bones(count) {
  const cell = (column) => el("td", { class: `c-${column}` }, el("i", { class: "bone" }));
  return Array.from({ length: count }, () =>
    el("tr", { class: "bones", "aria-hidden": "true" }, [...COLUMNS, "time", "details"].map(cell)));
}

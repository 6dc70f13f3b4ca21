// The first rows in the frame that the document comes with, until the log itself is there. They read as the log's.

import type { Row } from "../lib/api";
import { element, icon } from "../lib/dom";
import { offset } from "../lib/time";
import { columnLabel } from "../lib/words";
import { zoneOf } from "../lib/zone";
import { cells } from "./cells";
import { least, ROW, shownColumns, widths } from "./columns";

/** What stands above the first row at the least, in px. */
const ABOVE = 220;

/** Whether the log will look as the frame does: a table from its top on, with nothing beside it. */
export const drawable = (params: URLSearchParams): boolean =>
  !(history.state as { top?: number } | null)?.top && !params.has("sel") && !matchMedia("(max-width: 700px)").matches;

/** Draws as many rows as a window has room for. They have no ids: but for their links they cannot be used yet. */
export function draw(rows: readonly Row[], params: URLSearchParams): void {
  const table = document.querySelector<HTMLElement>("table.log");
  // The log may be there by now, where the answer took its time.
  if (!table || rows.length === 0 || !table.closest(".frame-log")) return;
  const zone = zoneOf(params);
  const columns = shownColumns(params.get("cols"), rows, innerWidth);
  const look = { columns: columns.map(({ name }) => name), zone };
  const wide = widths(columns, rows, innerWidth);
  const group = element("colgroup");
  for (const width of [...wide, undefined]) {
    const column = element("col");
    if (width !== undefined) column.style.width = `${width}px`;
    group.append(column);
  }
  table.style.minWidth = `${least(wide)}px`;
  const heads = element("tr");
  for (const { name } of columns) heads.append(head(name, zone, params.get("sort") === "time"));
  heads.append(element("th", "", "Details"));
  const top = element("thead");
  top.append(heads);
  const body = element("tbody");
  const seen = rows.slice(0, Math.ceil((innerHeight - ABOVE) / ROW));
  for (const [at, row] of seen.entries()) {
    const line = element("tr");
    line.tabIndex = body.firstChild ? -1 : 0;
    line.append(...cells(row, look, seen[at - 1]));
    body.append(line);
  }
  table.replaceChildren(group, top, body);
}

function head(name: string, zone: string, oldestFirst: boolean): HTMLElement {
  const made = element("th", "", name === "time" ? "" : columnLabel(name));
  if (name === "time") {
    const sort = element("span", "sort", `Timestamp, ${offset(zone, Date.now())}`);
    sort.append(icon(oldestFirst ? "arrow-up" : "arrow-down", "xs"));
    made.append(sort);
  }
  return made;
}

import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { columnsAt, ID_COLUMNS, IN_EVERY_ROW, isFilter, labelOf, LIST_COLUMNS, OFFERED_COLUMNS, SEARCH_COLUMNS } from "./columns";
import { columnLabel, CONTEXTS, STATUSES } from "./words";

interface Column {
  name: string;
  label: string;
  kind: string;
  group: string;
  in_every_row: boolean;
}

// As `GET /api/v1/catalog` tells them: a test of the server compares its answer with this file.
const { columns, values } = JSON.parse(readFileSync(new URL("../../../tests/vectors/columns.json", import.meta.url), "utf8")) as {
  columns: Column[];
  values: Record<string, [string, string][]>;
};
/** What the server can show and the page does not offer: read elsewhere in the details, or only asked for by files. */
const NOT_OFFERED = ["seq", "flags", "body"];
const shown = columns.filter(({ name }) => !NOT_OFFERED.includes(name));
const sorted = (names: Iterable<string>) => [...names].sort();
const named = (which: (column: Column) => boolean) => sorted(shown.filter(which).map(({ name }) => name));

describe("the columns of the page", () => {
  it("are those of the server, by its names and labels", () => {
    expect(shown.length).toBeGreaterThan(20);
    const places = (["log", "after", "machine", "beside", "none"] as const).flatMap(columnsAt);
    expect(sorted(places)).toEqual(named(() => true));
    for (const { name, label } of shown) expect(labelOf(name), name).toBe(label);
    for (const { name, label } of columns) if (name !== "body") expect(columnLabel(name), name).toBe(label);
  });

  it("are of the server's kinds", () => {
    expect(sorted(LIST_COLUMNS)).toEqual(named(({ kind }) => kind === "facet"));
    expect(sorted(ID_COLUMNS)).toEqual(named(({ kind }) => kind === "identifier"));
    const searched = new Set(named(({ kind }) => kind === "facet" || kind === "identifier"));
    expect(SEARCH_COLUMNS.filter((name) => !searched.has(name))).toEqual([]);
  });

  it("stand where the server says", () => {
    const groups = { log: "log", further: "after", machine: "machine", remark: "beside", fact: "none" } as const;
    expect(sorted(new Set(columns.map(({ group }) => group)))).toEqual(sorted(Object.keys(groups)));
    for (const [group, place] of Object.entries(groups)) {
      expect(sorted(columnsAt(place)), place).toEqual(named((column) => column.group === group));
    }
    for (const { name, group } of shown) expect(isFilter(name), name).toBe(group !== "fact");
  });

  it("come with each row as the server says", () => {
    expect(sorted(IN_EVERY_ROW)).toEqual(named((column) => column.in_every_row));
    expect(OFFERED_COLUMNS.filter((name) => !shown.some((column) => column.name === name))).toEqual([]);
  });
});

it("statuses and contexts are called what the server understands", () => {
  const labelled = (words: Record<string, { label: string }>) => Object.entries(words).map(([value, { label }]) => [value, label]);
  expect(labelled(STATUSES)).toEqual(values["status"]);
  expect(labelled(CONTEXTS)).toEqual(values["occurred_in"]);
});

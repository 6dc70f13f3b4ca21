import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { clean, filterOf, filters, question, readColumns, readValue, withFilter, withoutFilters, withValue, writeColumns, written } from "./url";

const params = (text: string) => new URLSearchParams(text);
const vectors = JSON.parse(readFileSync(new URL("../../../tests/vectors/params.json", import.meta.url), "utf8")) as {
  filters: { written: string; value: string; excluded: boolean }[];
};

describe("values", () => {
  it("are written and read as the server does", () => {
    expect(vectors.filters.length).toBeGreaterThan(4);
    for (const { written: text, value, excluded } of vectors.filters) {
      expect(readValue(text), text).toEqual({ value, excluded });
      expect(readValue(written(value, excluded)), value).toEqual({ value, excluded });
    }
  });

  it("are kept in the address, several of one column", () => {
    const one = withValue(params("q=a"), "status", "failure", false);
    const two = withValue(one, "status", "success", true);
    expect(String(two)).toBe("q=a&status=failure&status=%21success");
    expect(filterOf(two, "status")).toEqual([
      { column: "status", value: "failure", excluded: false },
      { column: "status", value: "success", excluded: true },
    ]);
    expect(String(withValue(two, "status", "failure", true))).toBe("q=a&status=%21success&status=%21failure");
    expect(String(withFilter(two, "status", []))).toBe("q=a");
  });
});

describe("an address", () => {
  it("asks the API without what only the page has", () => {
    const all = params("q=a&event=x&cols=event,status&sel=1&tz=local&live=1&sort=time&limit=5&cursor=c&compare_a=1");
    expect(String(question(all))).toBe("q=a&event=x");
    expect(String(question(all, true))).toBe("q=a&event=x&sort=time");
    expect(clean(all).has("limit")).toBe(false);
    expect(filters(all)).toEqual([{ column: "event", value: "x", excluded: false }]);
  });

  it("keeps how the log looks when filters are cleared", () => {
    expect(String(withoutFilters(params("q=a&event=x&from=now-1h&cols=event&tz=local&sel=9&sort=time")))).toBe("sort=time&cols=event&tz=local");
  });
});

describe("columns", () => {
  it("are the usual ones unless chosen", () => {
    expect(readColumns(null)).toHaveLength(10);
    expect(writeColumns(readColumns(null))).toBe("");
  });

  it("have an order and widths within bounds", () => {
    expect(readColumns("time,attr.geo.country:180,event:5,time")).toEqual([{ name: "time" }, { name: "attr.geo.country", width: 180 }, { name: "event", width: 60 }]);
    expect(writeColumns([{ name: "time" }, { name: "event", width: 200 }])).toBe("time,event:200");
  });
});

describe("columns of any key", () => {
  const MARKS = ["a", ",", "\\", ":", " ", "!", "*", "\"", "é", "\t", "\n", "%", "&", "8080", "."];

  it("are read as they were written, with their widths", () => {
    let seed = 3;
    const next = (most: number) => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0) % most;
    for (let round = 0; round < 2_000; round++) {
      const columns = Array.from({ length: 1 + next(4) }, (_, at) => {
        const name = `attr.${at}${Array.from({ length: next(6) }, () => MARKS[next(MARKS.length)]).join("")}`;
        return next(2) === 0 ? { name } : { name, width: 60 + next(800) };
      });
      expect(readColumns(new URLSearchParams([["cols", writeColumns(columns)]]).get("cols")), writeColumns(columns)).toEqual(columns);
    }
  });

  it("keep the addresses that were there before", () => {
    expect(readColumns("event,status:120, attr.geo.country ,attr.x:80")).toEqual([{ name: "event" }, { name: "status", width: 120 }, { name: "attr.geo.country" }, { name: "attr.x", width: 80 }]);
  });
});

describe("filters of any value", () => {
  it("say any, none, empty, and a star", () => {
    const values = [{ value: "*", excluded: false, any: true }, { value: "*", excluded: true, any: true }, { value: "*", excluded: false }, { value: "", excluded: false }, { value: "", excluded: true }, { value: "!*", excluded: true }, { value: "\\*", excluded: false }];
    for (const value of values) {
      const params = withFilter(new URLSearchParams(), "attr.key", [value]);
      expect(filterOf(new URLSearchParams(String(question(params))), "attr.key")).toEqual([{ column: "attr.key", ...value }]);
    }
    expect(String(withFilter(new URLSearchParams(), "person", [values[1]!]))).toBe("person=%21*");
    expect(String(withFilter(new URLSearchParams(), "person", [values[2]!]))).toBe("person=%5C*");
  });
});

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

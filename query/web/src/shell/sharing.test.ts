import { describe, expect, it, test } from "vitest";

import { absolute, fixed, linkIn } from "./sharing";

const now = Date.UTC(2026, 10, 23, 9, 52, 11, 804);

test("relative times become fixed ones, others stay", () => {
  expect(absolute("now", now)).toBe("2026-11-23T09:52:11.804Z");
  expect(absolute("now-24h", now)).toBe("2026-11-22T09:52:11.804Z");
  expect(absolute("now-15m", now)).toBe("2026-11-23T09:37:11.804Z");
  expect(absolute("2026-11-01T00:00:00Z", now)).toBe("2026-11-01T00:00:00Z");
  expect(absolute("now-1y", now)).toBe("now-1y");
});

test("a fixed link has both ends, and is not live", () => {
  const url = new URL(fixed("http://a.example/?status=!success&live=1", now));
  expect(Object.fromEntries(url.searchParams)).toEqual({ status: "!success", from: "2026-11-22T09:52:11.804Z", to: "2026-11-23T09:52:11.804Z" });
  const open = new URL(fixed("http://a.example/?to=9999-12-31T23:59:59Z", now));
  expect(Object.fromEntries(open.searchParams)).toEqual({ from: "2026-11-22T09:52:11.804Z", to: "2026-11-23T09:52:11.804Z" });
});

test("links of other systems", () => {
  expect(linkIn("http://a.example/", "", { object: "Order updates", element: "Look up & go", from: "now-7d", version: "" }))
    .toBe("http://a.example/?object=Order+updates&element=Look+up+%26+go&from=now-7d");
  expect(linkIn("http://a.example/", "a/b c", { object: "x" })).toBe("http://a.example/i/a%2Fb%20c");
  expect(linkIn("http://a.example/steplog/", "a/b c", {})).toBe("http://a.example/steplog/i/a%2Fb%20c");
  expect(linkIn("http://a.example/steplog/", "", { status: "!success" })).toBe("http://a.example/steplog/?status=%21success");
});

describe("fixed times", () => {
  it("leave no word that moves, whatever the server takes", () => {
    for (const query of ["", "from=now-6h", "from=now-1h&to=now%2B1h", "to=now", "from=now-2d&to=now-1d", "from=now+5m", "to=2026-11-20T00:00:00Z", "from=0", "live=1"]) {
      const link = fixed(`http://host/path/?${query}`, now);
      expect(link, query).not.toMatch(/now|live/);
      expect(new URL(link).searchParams.get("from"), query).not.toBeNull();
    }
    expect(new URL(fixed("http://host/?to=2026-11-20T00:00:00Z", now)).searchParams.get("from")).toBe("2026-11-19T00:00:00.000Z");
  });
});

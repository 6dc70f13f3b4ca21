import { expect, test } from "vitest";

import { readView, sameView, viewOf } from "./view";

test("a view is the place that it was made at, wherever that is", () => {
  for (const path of ["/", "/hotspots", "/i/a%2Fb%3Fc", "/events"]) {
    for (const query of ["", "object=Cart&compare_a=14&compare_b=15&from=now-7d", "q=a%3Fb%26c&cols=event,time", "person=%2Fi%2Fx%3Fy"]) {
      const { path: there, params } = readView(viewOf(path, new URLSearchParams(query)));
      expect(there).toBe(path);
      expect(String(params)).toBe(String(new URLSearchParams(query)));
    }
  }
});

test("views of the log are query strings, and what passes is no part of them", () => {
  expect(viewOf("/", new URLSearchParams("status=failure&sel=1&live=1&tz=utc"))).toBe("status=failure");
  expect(viewOf("/hotspots", new URLSearchParams("object=Cart"))).toBe("/hotspots?object=Cart");
  expect(viewOf("/hotspots", new URLSearchParams())).toBe("/hotspots");
});

test("the order of parameters makes no other view", () => {
  expect(sameView("a=1&b=2", "b=2&a=1")).toBe(true);
  expect(sameView("/hotspots?a=1", "a=1")).toBe(false);
});

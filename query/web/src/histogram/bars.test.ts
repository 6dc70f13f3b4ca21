import { expect, it } from "vitest";

import type { Histogram } from "../lib/api";
import { barWords, draw, marks, ofBar, roundTop, totals } from "./bars";

const hour = (at: number, counts: Record<string, number>) => ({ time: new Date(Date.UTC(2026, 10, 22, 10 + at)).toISOString(), counts });
const histogram = (...buckets: Record<string, number>[]): Histogram => ({
  from: "", to: "", step: String(3_600e9), buckets: buckets.map((counts, at) => hour(at, counts)), ahead: null, total: 0, complete: true,
});

it("what failed has a scale of its own, in which an outage is high beside any number of successes", () => {
  const { paths, top, failedTop } = draw(histogram({ success: 90_000, failure: 1 }, { success: 90_000, failure: 80, timed_out: 20 }));
  expect([top, failedTop]).toEqual([100_000, 100]);
  expect(paths["failure"]).toBe("M0.1 78.4h0.8v1.6h-0.8zM1.1 56h0.8v24h-0.8z");
  expect(paths["timed_out"]).toBe("M1.1 50h0.8v6h-0.8z");
  expect(paths["success"]).toBe("M0.1 4.4h0.8v39.6h-0.8zM1.1 4.4h0.8v39.6h-0.8z");
});

it("whichever is alone has all of the room", () => {
  const { paths, failedTop } = draw(histogram({ success: 10 }));
  expect(failedTop).toBe(0);
  expect(paths["success"]).toBe("M0.1 0h0.8v80h-0.8z");
  expect(draw(histogram({ failure: 10 })).paths["failure"]).toBe("M0.1 0h0.8v80h-0.8z");
});

it("unknown statuses are drawn together and counted apart", () => {
  const mixed = histogram({ success: 1, odd: 2 }, { strange: 3, failure: 4 });
  expect(draw(mixed).paths["other"]).toContain("M0.1");
  expect(totals(mixed)).toEqual([["success", 1], ["failure", 4], ["odd", 2], ["strange", 3]]);
});

it("what is ahead of the clock is counted, not drawn", () => {
  const told = { ...histogram({ success: 10 }), ahead: { from: "", last: "", counts: { success: 900, failure: 2 } } };
  expect(totals(told)).toEqual([["success", 910], ["failure", 2]]);
  expect(draw(told).top).toBe(10);
});

it("the top of the scale is a round number", () => {
  expect([0, 1, 3, 10, 11, 270, 999, 1_501].map(roundTop)).toEqual([1, 1, 3, 10, 12, 300, 1_000, 2_000]);
});

it("a bar tells the worst first, and when it was, with the zone", () => {
  expect(ofBar({ cancelled: 1, success: 9, odd: 2, failure: 3, skipped: 0 })).toEqual([["failure", 3], ["cancelled", 1], ["odd", 2], ["success", 9]]);
  expect(barWords(histogram({ success: 1 }), 0, "utc")).toBe("22 Nov 10:00 – 11:00 UTC");
});

it("marks stand at round times of the zone, midnight by its day", () => {
  const day = histogram(...Array.from({ length: 24 }, () => ({})));
  const found = marks(day, "utc");
  expect(found.map(({ text }) => text)).toEqual(["12:00", "15:00", "18:00", "21:00", "23 Nov", "03:00", "06:00", "09:00"]);
  expect(found.find(({ strong }) => strong)?.text).toBe("23 Nov");
});

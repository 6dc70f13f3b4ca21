import { expect, it } from "vitest";

import { counted, duration, points, shortId } from "./format";

it("durations have two units at most", () => {
  const seconds = 1e9;
  const want: [number, string][] = [
    [0, "0 ms"], [12_000, "12 µs"], [412e6, "412 ms"], [999.6e6, "1.00 s"], [2.02 * seconds, "2.02 s"], [12.34 * seconds, "12.3 s"], [77 * seconds, "1 min 17 s"],
    [3_600 * seconds, "1 h"], [15_000 * seconds, "4 h 10 min"], [90_000 * seconds, "1 d 1 h"],
  ];
  for (const [nanos, words] of want) expect(duration(nanos), words).toBe(words);
});

it("identifiers are cut in the middle, by characters", () => {
  expect(shortId("3859102217530217")).toBe("3859102217530217");
  expect(shortId("550e8400-e29b-41d4-a716-446655440001")).toBe("550e84…a716-446655440001");
  expect(shortId("short-id")).toBe("short-id");
  expect(shortId("😀".repeat(30))).toBe(`${"😀".repeat(6)}…${"😀".repeat(17)}`);
});

it("counts and points read well", () => {
  expect(counted(1, "event")).toBe("1 event");
  expect(counted(108_801, "event")).toBe("108,801 events");
  expect([points(0.3261), points(-0.004), points(0.0001)]).toEqual(["+32.6", "−0.4", "0.0"]);
});

import { expect, test } from "vitest";

import { Pace } from "./pace";

const START = 1_700_000_000_123;
/** Events at these seconds after the start. */
function paced(...seconds: number[]): Pace {
  const pace = new Pace(START);
  for (const second of seconds) pace.add(START + second * 1_000);
  return pace;
}

test("a few seconds say nothing yet", () => expect(paced(1, 2, 3).words(START + 4_900)).toBe("…"));

test("what is less than one a second is told by the minute", () => {
  expect(paced(1, 6, 7).words(START + 10_000)).toBe("18/min");
  expect(paced().words(START + 10_000)).toBe("0/min");
});

test("what is more is told by the second", () => {
  expect(paced(...Array.from({ length: 300 }, (_, at) => at / 10)).words(START + 30_000)).toBe("10/s");
  expect(paced(...Array.from({ length: 12_000 }, () => 5)).words(START + 10_000)).toBe("1,200/s");
});

test("only the last minute counts", () => {
  const pace = paced(...Array.from({ length: 600 }, () => 3));
  expect(pace.words(START + 60_000)).toBe("10/s");
  expect(pace.words(START + 64_000)).toBe("0/min");
  pace.add(START + 90_000);
  expect(pace.words(START + 120_000)).toBe("1/min");
});

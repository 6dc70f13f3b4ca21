import { expect, test } from "vitest";

import { filterWords } from "./words";

test("filters in words", () => {
  const words = (query: string) => filterWords(new URLSearchParams(query), "Last 24 hours", (_, value) => value.toUpperCase());
  expect(words("")).toBe("last 24 hours");
  expect(words("status=failure&status=!success&q=a b&attr.k=v&sel=x&status=timed_out")).toBe(
    "last 24 hours, search “a b”, Status: FAILURE or TIMED_OUT, Status not SUCCESS, k: V");
});

import { describe, expect, it } from "vitest";

import { merged, newcomers, order } from "./order";

const row = (id: string, second: number, seq: number | string = 1) => ({ id, seq, time: `2026-11-25T12:00:${String(second).padStart(2, "0")}.000000000Z` });
const ids = (rows: { id: string }[]) => rows.map(({ id }) => id).join("");

describe("the order of the log", () => {
  it("is newest first, then latest arrival first", () => {
    expect(order(row("a", 2), row("b", 1))).toBeLessThan(0);
    expect(order(row("a", 1, 9), row("b", 1, 10))).toBeGreaterThan(0);
    expect(order(row("a", 1, "18446744073709551615"), row("b", 1, "18446744073709551614"))).toBeLessThan(0);
    expect(order(row("a", 1), row("a", 1))).toBe(0);
  });

  it("gives what comes late its place, and nothing twice", () => {
    expect(ids(merged([row("e", 5), row("c", 3), row("a", 1)], [row("f", 6), row("d", 4), row("c", 3)]))).toBe("fedca");
  });
});

describe("newcomers", () => {
  const rows = [row("e", 5), row("c", 3)];
  const known = new Set(rows.map(({ id }) => id));
  const answer = [row("f", 6), row("e", 5), row("d", 4), row("c", 3), row("b", 2)];

  it("are above the last row that is loaded; what is below it comes when one goes there", () => {
    expect(ids(newcomers(answer, known, rows.at(-1), true))).toBe("fd");
    expect(ids(newcomers(answer, known, rows.at(-1), false))).toBe("fdb");
    expect(ids(newcomers(answer, new Set(), undefined, false))).toBe("fedcb");
  });
});

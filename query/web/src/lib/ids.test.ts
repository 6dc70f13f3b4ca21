import { expect, test } from "vitest";

import { common, ends } from "./ids";
import { shortId } from "./format";

test("an identifier is whole in its two parts, and its end is one of them", () => {
  for (const id of ["", "a", "12345678", "123456789", "person-00000041", "客户-00000041", "🙂".repeat(12)]) {
    const [head, tail] = ends(id);
    expect(head + tail).toBe(id);
    expect([...tail].length).toBeLessThanOrEqual(8);
  }
});

test("what two have in common never parts a character", () => {
  expect(common("cust-0001", "cust-0012")).toBe(7);
  expect(common("🙂a", "🙃a")).toBe(0);
  expect(common("same", "same")).toBe(4);
});

test("those that differ at their ends are told apart where they are short", () => {
  const many = Array.from({ length: 20 }, (_, at) => `customer-number-${String(at * 10_001).padStart(9, "0")}-of-the-shop`);
  expect(new Set(many.map((id) => shortId(id))).size).toBeLessThanOrEqual(many.length);
  const tails = Array.from({ length: 20 }, (_, at) => `cust-${String(at).padStart(12, "0")}0001`);
  expect(new Set(tails.map((id) => shortId(id))).size).toBe(20);
  expect(shortId("cust-00000041")).toBe("cust-00000041");
});

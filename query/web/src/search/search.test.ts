import { expect, it } from "vitest";

import { keysOf } from "./keys";
import { around } from "./problem.svelte";
import { quoted, wordAt } from "./suggest";

it("the word at the caret is a name or a value", () => {
  expect(wordAt("order sta", 9)).toEqual({ start: 6, minus: "", part: "sta" });
  expect(wordAt("-status:fai", 11)).toEqual({ start: 0, minus: "-", column: "status", part: "fai" });
  expect(wordAt('(object:"Order', 14)).toEqual({ start: 1, minus: "", column: "object", part: "Order" });
  expect(wordAt("order ", 6).part).toBe("");
});

it("keys of attributes are those that can be written, each once", () => {
  const of = (...keys: string[]) => keys.map((key) => ({ key, value: { stringValue: "x" } }));
  expect(keysOf([
    { logRecord: { attributes: of("order.id", "steplog.person.id", "two words", "a:b") }, resource: { attributes: of("service.name") } },
    { logRecord: { attributes: of("geo.country", "order.id") } }, {},
  ])).toEqual(["geo.country", "order.id", "service.name"]);
});

it("values are quoted where they must be", () => {
  expect([quoted("failure"), quoted("Order updates"), quoted('say "hi"')]).toEqual(["failure", '"Order updates"', '"say \\"hi\\""']);
});

it("a problem is shown at its character", () => {
  expect(around("status:(a b", 7)).toEqual({ before: "status:", at: "(a", after: " b" });
  expect(around("abc", 3)).toEqual({ before: "abc", at: " ", after: "" });
  expect(around("x".repeat(40) + "(", 40).before).toBe("…" + "x".repeat(28));
});

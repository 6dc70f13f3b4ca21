import { expect, it } from "vitest";

import { keysOf } from "./keys";
import { literal, meant, quoted } from "./literal";
import { around } from "./problem.svelte";
import { wordAt } from "./suggest";

it("the word at the caret is a name or a value", () => {
  expect(wordAt("order sta", 9)).toEqual({ start: 6, minus: "", part: "sta" });
  expect(wordAt("-status:fai", 11)).toEqual({ start: 0, minus: "-", column: "status", part: "fai" });
  expect(wordAt('(object:"Order', 14)).toEqual({ start: 1, minus: "", column: "object", part: "Order" });
  expect(wordAt("order ", 6).part).toBe("");
  expect(wordAt('x event:"API c', 14)).toEqual({ start: 2, minus: "", column: "event", part: "API c" });
  expect(wordAt('-object:"say \\"hi', 17)).toEqual({ start: 0, minus: "-", column: "object", part: 'say "hi' });
  expect(wordAt('"a phrase" sta', 14)).toEqual({ start: 11, minus: "", part: "sta" });
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

it("a text that was copied means itself, whatever signs it has", () => {
  const plain = ["Ordnung", "Übersicht", "a@b.example", "user_id-1", "10.0.0.1"];
  expect(plain.map(literal)).toEqual(plain);
  expect(["-5.25", "OR", "NOT", "a OR b", "say \"hi\"", "status:failure", "(a)", "2*3", "C:\\temp", "two\nlines"].map(literal))
    .toEqual(['"-5.25"', '"OR"', '"NOT"', '"a OR b"', '"say \\"hi\\""', '"status:failure"', '"(a)"', '"2*3"', '"C:\\\\temp"', '"two lines"']);
  expect(literal(" \n ")).toBe("");
  const long = literal("größer 👩‍💻 \\\" ".repeat(5_000));
  expect(new TextEncoder().encode(long).length).toBeLessThan(4_096);
  expect(long).toMatch(/^".*[^ ]"$/u);
  for (const run of ["x".repeat(4_000), "x".repeat(5_000), "👩".repeat(5_000), "\\".repeat(3_000)]) expect(new Blob([literal(run)]).size).toBeLessThan(4_097);
  expect(literal("x".repeat(4_000)).length).toBe(4_000);
});

it("what is typed is taken as it is meant", () => {
  expect(meant(" -858448101 ")).toBe('"-858448101"');
  expect(meant("-1.5e-7")).toBe('"-1.5e-7"');
  for (const kept of ["-order", "-5 order", "order -5", "-4bf92f35"]) expect(meant(kept)).toBe(kept);
  expect(meant("person:custom…0041 …00ab")).toBe("person:*0041 *00ab");
  expect(meant('"wait …done" …done')).toBe('"wait …done" *done');
});

it("a problem is shown at its character", () => {
  expect(around("status:(a b", 7)).toEqual({ before: "status:", at: "(a", after: " b" });
  expect(around("abc", 3)).toEqual({ before: "abc", at: " ", after: "" });
  expect(around("x".repeat(40) + "(", 40).before).toBe("…" + "x".repeat(28));
});

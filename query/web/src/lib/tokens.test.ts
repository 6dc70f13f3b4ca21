import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

import { tokens, unescaped } from "./tokens";

const vectors = JSON.parse(readFileSync(new URL("../../../tests/vectors/words.json", import.meta.url), "utf8")) as {
  cut: { text: string; tokens: [string, string, number, number][] }[];
};

describe("tokens", () => {
  test("are those of the server", () => {
    expect(vectors.cut.length).toBeGreaterThan(20);
    for (const { text, tokens: want } of vectors.cut) {
      const points = (unit: number) => [...text.slice(0, unit)].length;
      const found = tokens(text).map((one) => [one.kind, one.text, points(one.from), points(one.to)]);
      expect(found, text).toEqual(want);
    }
  });

  test("of a text without its escapes are found in it", () => {
    const text = "a\\u00fcb\\n\"c";
    const plain = unescaped(text);
    expect(plain.text).toBe('aüb\n"c');
    expect([...plain.text].map((_, at) => text[plain.at[at]!])).toEqual(["a", "\\", "b", "\\", '"', "c"]);
  });
});

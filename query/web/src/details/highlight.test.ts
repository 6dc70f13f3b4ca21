import { describe, expect, test } from "vitest";

import { matches, needles, pieces, piecesByPoints, places } from "./highlight";

const marked = (text: string, search: string) => {
  const wanted = needles(search);
  return wanted ? matches(text, wanted).map(([from, to]) => text.slice(from, to)) : undefined;
};

describe("places", () => {
  test("finds every case, and special characters as themselves", () => {
    expect(places("Foo foo FOO", "foo")).toEqual([[0, 3], [4, 7], [8, 11]]);
    expect(places("a.b a-b [x] (y)*", "a.b")).toEqual([[0, 3]]);
    expect(places("a.b [x] (y)*", "(y)*")).toEqual([[8, 12]]);
    expect(places("İstanbul", "stan")).toEqual([[1, 5]]);
    const marks = "\\^$.*+?()[]{}|/-&#~!@%=,;:<>`'\"_";
    for (const mark of marks) expect(places(`a${mark}b`, mark), mark).toEqual([[1, 2]]);
  });

  test("finds nothing for nothing, and stops at a bound", () => {
    expect(places("abc", "")).toEqual([]);
    expect(places("a".repeat(5_000), "a")).toHaveLength(1_000);
  });
});

describe("pieces", () => {
  test("give the whole text back", () => {
    const parts = pieces("one two three", [[4, 7]]);
    expect(parts).toEqual([{ text: "one ", hit: false }, { text: "two", hit: true }, { text: " three", hit: false }]);
    expect(pieces("", [])).toEqual([]);
  });

  test("bear spans that overlap or lie outside", () => {
    expect(pieces("abcdef", [[0, 3], [2, 4], [1, 2], [5, 99]]).map((part) => part.text).join("")).toBe("abcdef");
  });

  test("count code points where the API does", () => {
    expect(piecesByPoints("😀é hit", [[3, 6]])).toEqual([{ text: "😀é ", hit: false }, { text: "hit", hit: true }]);
    expect(piecesByPoints("ab", [[1, 9]])).toEqual([{ text: "a", hit: false }, { text: "b", hit: true }]);
  });
});

describe("needles of a search text", () => {
  test("are words, phrases and prefixes, whole and in any case", () => {
    expect(marked("The carrier carriers", "CARRIER")).toEqual(["carrier"]);
    expect(marked("The carrier carriers", "carr*")).toEqual(["carrier", "carriers"]);
    expect(marked("look-up  failed; look failed up", '"look up failed"')).toEqual(["look-up  failed"]);
    expect(marked("заказ не найден", "Заказ найден")).toEqual(["заказ", "найден"]);
  });

  test("leave out what is excluded and what asks a column", () => {
    expect(marked("a b c", "a -b (c OR status:b)")).toEqual(["a", "c"]);
    expect(marked("a b", 'object:"a b"')).toBeUndefined();
    expect(marked("a", "- ( ) *")).toBeUndefined();
    expect(marked("a", "")).toBeUndefined();
  });
});

test("words of scripts without spaces are marked within their sentences, and what is excluded is not", () => {
  const hits = (text: string, search: string) => matches(text, needles(search)!).map(([from, to]) => text.slice(from, to));
  expect(hits("您的订单已失败", "订单")).toEqual(["订单"]);
  expect(hits("エラーメッセージが出た", "メッセージ")).toEqual(["メッセージ"]);
  expect(hits("订单order失败", "order")).toEqual(["order"]);
  expect(hits("reorder ordered order", "order")).toEqual(["order"]);
  expect(needles("order NOT card")!.test("card")).toBe(false);
  expect(needles("order -card")!.test("card")).toBe(false);
});

import { describe, expect, test } from "vitest";

import { MOST_HITS, marks, needles, pieces, piecesByPoints, places } from "./highlight";

const marked = (text: string, search: string) => {
  const wanted = needles(search);
  return wanted ? marks(text, wanted).map(([from, to]) => text.slice(from, to)) : undefined;
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

  test("finds what JSON within the text says", () => {
    const text = '{"a":"Gr\\u00fc\\u00dfe\\nx"}';
    expect(places(text, "grüße").map(([from, to]) => text.slice(from, to))).toEqual(["Gr\\u00fc\\u00dfe"]);
    expect(places("a\\b", "a\\b")).toEqual([[0, 3]]);
  });

  test("finds nothing for nothing, and stops at a bound", () => {
    expect(places("abc", "")).toEqual([]);
    expect(places("a".repeat(5_000), "a")).toHaveLength(MOST_HITS);
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
  test("are cut as the server cuts them", () => {
    expect(marked("新订单失败", "订单")).toEqual(["订单"]);
    expect(marked("エラーメッセージが", "ﾒｯｾｰｼﾞ*")).toEqual(["メッセージ"]);
    expect(marked("We don’t ship to İPTAL", "don't iptal")).toEqual(["don’t", "İPTAL"]);
    expect(marked("user_550e8400-e29b-41d4-a716-446655440001", "550E8400e29b41d4a716446655440001")).toEqual(["550e8400-e29b-41d4-a716-446655440001"]);
    expect(marked("id deadbeef00112233", "deadb*")).toEqual(["deadbeef00112233"]);
    expect(marked('{"text":"Gr\\u00fc\\u00dfe\\nnow"}', "grüße now")).toEqual(["Gr\\u00fc\\u00dfe", "now"]);
  });

  test("are words, phrases and prefixes, whole and in any case", () => {
    expect(marked("The carrier carriers", "CARRIER ")).toEqual(["carrier"]);
    expect(marked("The carrier carriers", "carr*")).toEqual(["carrier", "carriers"]);
    expect(marked("look-up  failed; look failed up", '"look up failed"')).toEqual(["look-up  failed"]);
    expect(marked("заказ не найден", "Заказ найден")).toEqual(["заказ", "найден"]);
  });

  test("are parts of sentences in scripts without spaces, and whole words elsewhere", () => {
    expect(marked("您的订单已失败", "订单")).toEqual(["订单"]);
    expect(marked("エラーメッセージが出た", "メッセージ")).toEqual(["メッセージ"]);
    expect(marked("订单order失败", "order")).toEqual(["order"]);
    expect(marked("reorder ordered order", "order ")).toEqual(["order"]);
    expect(marked("order card", "order NOT card")).toEqual(["order"]);
    expect(marked("order card", "order -card")).toEqual(["order"]);
  });

  test("begin what the last word that is typed begins, and what stands before a star", () => {
    expect(marked("reorder ordered order", "order")).toEqual(["ordered", "order"]);
    expect(marked("reorder ordered order", "order x")).toEqual(["order"]);
    expect(marked("order ordered", '"order"')).toEqual(["order"]);
    expect(marked("checkout-v2-retry, checkout v2; v2-retry", "checkout-v2-re*")).toEqual(["checkout-v2-retry"]);
    expect(marked("checkout-v2-retry, checkout v2", "checkout-v2-re")).toEqual(["checkout-v2-retry"]);
    expect(marked("user_550e8400-e29b-41d4-a716-446655440001", "550E8400-e29*")).toEqual(["550e8400-e29b-41d4-a716-446655440001"]);
    expect(marked("at 2026-11-29T10:20:30Z", "2026-11-29 10:2*")).toEqual(["2026-11-29", "10:20"]);
    expect(marked("a b", "a")).toEqual(["a"]);
  });

  test("are found in what an address has encoded", () => {
    expect(marked("q=Gr%C3%BC%C3%9Fe%20aus%20K%C3%B6ln&n=100%", "Grüße köln ")).toEqual(["Gr%C3%BC%C3%9Fe", "K%C3%B6ln"]);
  });

  test("leave out what is excluded and what asks a column", () => {
    expect(marked("a b c", "a -b (c OR status:b)")).toEqual(["a", "c"]);
    expect(marked("a b", 'object:"a b"')).toBeUndefined();
    expect(marked("a card b", "a NOT card -(b OR a)")).toEqual(["a"]);
    expect(marked("a", "- ( ) *")).toBeUndefined();
    expect(marked("a", "")).toBeUndefined();
  });
});

import { describe, expect, test } from "vitest";

import { CHILDREN_SHOWN, find, MOST_FOUND, payload, plainJson, readable, searchFor, shown, SHOWN_CHARS, visible as rowsOf, type AnyValue, type LogRecord } from "./tree";

const text = (stringValue: string): AnyValue => ({ stringValue });
const record: LogRecord = {
  resource: { attributes: [{ key: "service.name", value: text("shop") }] },
  scope: { name: "engine", attributes: [] },
  logRecord: {
    severityNumber: 17,
    body: text("Carrier lookup failed"),
    attributes: [
      { key: "code", value: { intValue: "503" } },
      { key: "order", value: { kvlistValue: { values: [
        { key: "items", value: { arrayValue: { values: [text("lamp"), text("Carrier bag")] } } },
        { key: "paid", value: { boolValue: true } },
        { key: "note" },
      ] } } },
    ],
  },
};
const visible = (parts: Parameters<typeof rowsOf>[0], open: Set<string>) => rowsOf(parts, open).map((row) => row.node);
const keys = (rows: { key: string }[]) => rows.map((row) => row.key);
const large = (members: number): LogRecord => ({
  logRecord: { attributes: [{ key: "big", value: { kvlistValue: { values: Array.from({ length: members }, (_, at) => ({ key: `k${at}`, value: text(`value ${at}`) })) } } }] },
});

describe("the payload", () => {
  test("has the record's parts, and leaves out empty ones", () => {
    expect(keys(payload(record))).toEqual(["body", "attributes", "record", "resource", "scope"]);
    expect(keys(payload({ logRecord: { attributes: [] } }))).toEqual([]);
    expect(keys(payload({}))).toEqual([]);
  });

  test("shows what is open, in order", () => {
    const parts = payload(record);
    const rows = visible(parts, new Set(["attributes", "attributes/1", "attributes/1/0"]));
    expect(keys(rows)).toEqual(["body", "attributes", "code", "order", "items", "0", "1", "paid", "note", "record", "resource", "scope"]);
    expect(rows.map((row) => row.depth)).toEqual([0, 0, 1, 1, 2, 3, 3, 2, 2, 0, 0, 0]);
    expect(new Set(rows.map((row) => row.path)).size).toBe(rows.length);
  });

  test("names the attributes that can be filtered by", () => {
    const rows = visible(payload(record), new Set(["body", "attributes", "attributes/1", "attributes/1/0", "resource"]));
    expect(rows.filter((row) => row.attribute).map((row) => row.attribute)).toEqual(["code", "order.items", "order.items", "order.paid", "order.note", "service.name"]);
    expect(visible(payload({ logRecord: { body: { kvlistValue: { values: [{ key: "a", value: text("b") }] } } } }), new Set(["body"])).some((row) => row.attribute)).toBe(false);
  });

  test("is found by what is in it, and what is in the resource by its key", () => {
    const [body, attributes, , resource] = payload({ ...record, resource: { attributes: [{ key: "host (name)", value: text("web 1") }, { key: "empty", value: text("") }] } });
    expect([body!, attributes!, resource!].map(searchFor)).toEqual(['"Carrier lookup failed"', '503 lamp "Carrier bag" true', 'attr.host\\ \\(name\\):"web 1"']);
    expect(searchFor(resource!.children()[1]!)).toBe('attr.empty:""');
    expect(searchFor(payload(large(5_000))[0]!).length).toBeLessThan(1_200);
    expect(searchFor(payload({ logRecord: { body: text("* OR -x") } })[0]!)).toBe('"* OR -x"');
  });

  test("makes children only when asked", () => {
    let asked = 0;
    const values = new Proxy([text("x")], { get: (target, at) => { asked += at === "0" ? 1 : 0; return Reflect.get(target, at); } });
    const parts = payload({ logRecord: { body: { arrayValue: { values } } } });
    visible(parts, new Set());
    expect(asked).toBe(0);
    visible(parts, new Set(["body"]));
    expect(asked).toBe(1);
  });

  test("shows many children in parts", () => {
    const parts = payload(large(1_000));
    const open = new Set(["attributes", "attributes/0"]);
    const rows = rowsOf(parts, open);
    expect(rows).toHaveLength(2 + CHILDREN_SHOWN + 1);
    expect(rows.at(-1)).toMatchObject({ rest: 1_000 - CHILDREN_SHOWN, node: { path: "attributes/0" } });
    expect(rowsOf(parts, open, new Map([["attributes/0", 1_000]]))).toHaveLength(1_002);
  });

  test("keeps equal keys apart", () => {
    const rows = visible(payload({ logRecord: { attributes: [{ key: "a", value: text("1") }, { key: "a", value: text("2") }] } }), new Set(["attributes"]));
    expect(new Set(rows.map((row) => row.path)).size).toBe(3);
  });
});

describe("a search in it", () => {
  test("finds names and values, with what they lie in, once each", () => {
    const found = find(payload(record), "carrier");
    expect(keys(found.rows)).toEqual(["body", "attributes", "order", "items", "1"]);
    expect(found).toMatchObject({ hits: 2, more: false });
    expect(keys(find(payload(record), "paid").rows)).toEqual(["attributes", "order", "paid"]);
    expect(keys(find(payload(record), "e").rows)).toEqual([...new Set(keys(find(payload(record), "e").rows))]);
  });

  test("finds nothing for nothing", () => {
    expect(find(payload(record), "")).toEqual({ rows: [], hits: 0, more: false });
    expect(find(payload(record), "absent").rows).toEqual([]);
  });

  test("stops at a bound and says so", () => {
    const found = find(payload(large(5_000)), "value");
    expect(found).toMatchObject({ hits: MOST_FOUND, more: true });
    expect(found.rows).toHaveLength(MOST_FOUND + 2);
    expect(found.rows.map((row) => row.path)).toEqual([...new Set(found.rows.map((row) => row.path))]);
  });
});

describe("a value", () => {
  test("is cut when long, and whole when asked for", () => {
    const long = "x".repeat(SHOWN_CHARS + 10);
    expect(shown("short", false)).toEqual({ text: "short", cut: 0 });
    expect(shown(long, false)).toMatchObject({ cut: 10 });
    expect(shown(long, true)).toEqual({ text: long, cut: 0 });
  });

  test("is cut behind its first hit", () => {
    const long = "x".repeat(20_000) + "hit" + "y".repeat(20_000);
    expect(shown(long, false, [[20_000, 20_003]]).text).toContain("hit");
  });

  test("can be copied as JSON", () => {
    const [body, attributes] = payload(record);
    expect(plainJson(body!)).toBe("Carrier lookup failed");
    expect(plainJson(attributes!)).toEqual({ code: 503, order: { items: ["lamp", "Carrier bag"], paid: true, note: null } });
    expect(plainJson(payload({ logRecord: { body: { intValue: "9223372036854775807" } } })[0]!)).toBe("9223372036854775807");
  });
});

describe("what is sent with an event", () => {
  const sent: LogRecord = {
    resource: { attributes: [{ key: "service.name", value: text("shop") }] },
    logRecord: { severityNumber: 9, body: text("hello"), attributes: [
      { key: "steplog.event.status", value: text("failure") }, { key: "order", value: { intValue: "9007199254740993" } }, { key: "cost", value: { doubleValue: 1.5e-7 } }, { key: "tag", value: text("a") }, { key: "tag", value: text("b") },
    ] },
  };

  test("comes before what the columns say already", () => {
    const rows = visible(payload(sent), new Set(["attributes", "columns"]));
    expect(keys(rows)).toEqual(["body", "attributes", "order", "cost", "tag", "tag", "already shown above", "steplog.event.status", "record", "resource"]);
  });

  test("is read without the words of the wire", () => {
    expect(readable(sent)).toEqual({ body: "hello", attributes: { "steplog.event.status": "failure", order: "9007199254740993", cost: 1.5e-7, tag: ["a", "b"] }, severityNumber: 9, resource: { "service.name": "shop" } });
    expect(readable({})).toEqual({});
  });
});

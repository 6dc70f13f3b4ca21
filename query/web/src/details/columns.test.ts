import { expect, test } from "vitest";

import { bytes, fromWhat, lines, type EventDetails } from "./columns";
import { safeUrl } from "../lib/out";

const event: EventDetails = {
  id: "aa", seq: 1, time: "2026-11-23T09:12:06.418204117Z", received: "2026-11-23T09:12:07.000000000Z", time_source: "record",
  derived: { service: "service.name (resource)" }, flags: [], record: {}, links: [],
  event: "journey.api.called", status: "failure", reason: "HTTP 503", service: "shop", element_type: "api_call",
};

test("the log's columns come first, filled or not", () => {
  const columns = lines(event).map((line) => line.column);
  expect(columns.slice(0, 11)).toEqual(["event", "status", "occurred_in", "object", "version", "element", "performed_by", "person", "interaction", "conversation", "time"]);
  expect(columns).toContain("service");
  expect(columns).not.toContain("channel");
  expect(columns).not.toContain("reason");
  expect(columns.at(-1)).toBe("id");
});

test("what is for the machine comes last", () => {
  const told = lines({ ...event, channel: "sms", trace_id: "t", severity: "ERROR", novel: "x" });
  expect(told.filter(({ machine }) => machine).map(({ column }) => column)).toEqual(["severity", "trace_id", "received", "id"]);
  expect(told.findIndex(({ machine }) => machine)).toBe(told.length - 4);
});

test("columns that the page does not know are shown all the same", () => {
  expect(lines({ ...event, novel: "x" }).find((line) => line.column === "novel")).toMatchObject({ value: "x", filter: false });
});

test("derived values say from what", () => {
  expect(lines(event).find((line) => line.column === "service")!.rule).toBe("service.name (resource)");
  expect(fromWhat("service.name (resource)")).toEqual({ short: "derived from service.name", whole: "Derived: service.name (resource)" });
  expect(lines({ ...event, time_source: "observed" }).find((line) => line.column === "time")!.rule).toBe("the observed time");
});

test("only http and https are links", () => {
  expect(safeUrl("https://a.example/x")).toBe("https://a.example/x");
  for (const url of ["javascript:alert(1)", "data:text/html,x", " javascript:alert(1)", "vbscript:x", "/relative", ""]) expect(safeUrl(url), url).toBeUndefined();
});

test("sizes", () => {
  expect([12, 1_100, 52_000, 5_200_000].map(bytes)).toEqual(["12 B", "1.1 KB", "52 KB", "5.2 MB"]);
});

import { beforeEach, expect, test, vi } from "vitest";

import { MOST_HELD, Tail, type Source, type TailRow, type TailState } from "./tail";

class Fake implements Source {
  listeners = new Map<string, (event: { data: string; lastEventId: string }) => void>();
  onerror: ((event: never) => void) | null = null;
  readyState = 1;
  closed = false;
  constructor(readonly url: string) {}
  addEventListener(type: string, listener: (event: { data: string; lastEventId: string }) => void) { this.listeners.set(type, listener); }
  close() { this.closed = true; }
  say(type: string, data: unknown, lastEventId = "t") { this.listeners.get(type)!({ data: JSON.stringify(data), lastEventId }); }
}

let source: Fake;
let got: TailRow[][];
let state: TailState;
let tail: Tail;

beforeEach(() => {
  vi.useFakeTimers();
  got = [];
  tail = new Tail((url) => (source = new Fake(url)), (rows) => got.push(rows), (now) => (state = now));
  tail.start("status=failure");
});

test("hands rows over in bursts, newest first", () => {
  expect(source.url).toBe("tail?status=failure");
  source.say("ready", {});
  expect(state).toMatchObject({ on: true, connected: true });
  source.say("event", { id: "1" });
  source.say("event", { id: "2" });
  expect(got).toEqual([]);
  vi.runAllTimers();
  expect(got).toEqual([[{ id: "2" }, { id: "1" }]]);
});

test("holds rows back while one reads, says how many, and gives them after", () => {
  tail.reading(true);
  source.say("event", { id: "1" });
  source.say("event", { id: "2" });
  vi.runAllTimers();
  expect(got).toEqual([]);
  expect(state.held).toBe(2);
  tail.reading(false);
  expect(got).toEqual([[{ id: "2" }, { id: "1" }]]);
  expect(state.held).toBe(0);
});

test("holds no more than its bound, and counts the rest as missed", () => {
  tail.reading(true);
  for (let at = 0; at < MOST_HELD + 5; at++) source.say("event", { id: String(at) });
  expect(state).toMatchObject({ held: MOST_HELD, missed: 5 });
  tail.flush();
  expect(got[0]![0]).toEqual({ id: String(MOST_HELD + 4) });
});

test("says what the server could not send", () => {
  source.say("missed", { missed: 12 });
  source.say("missed", { missed: 3 });
  expect(state.missed).toBe(15);
});

test("tells of a part that cannot be read, and goes on after it", () => {
  source.say("incomplete", { after: "3", upto: "9" }, "9");
  expect(got).toEqual([[]]);
});

test("waits for a connection that was lost, and ends where it is refused", () => {
  source.readyState = 0;
  source.onerror!(undefined as never);
  expect(state).toMatchObject({ on: true, connected: false });
  source.readyState = 2;
  source.onerror!(undefined as never);
  expect(state.on).toBe(false);
});

test("stops", () => {
  source.say("event", { id: "1" });
  tail.stop();
  vi.runAllTimers();
  expect(source.closed).toBe(true);
  expect(got).toEqual([]);
  expect(state.on).toBe(false);
});

import { describe, expect, it } from "vitest";

import type { Interaction, Lane, Message, Step } from "./answer";
import { headline } from "./headline";
import { laneItems, moments } from "./items";
import { shortId } from "../lib/format";
import { filled } from "../lib/out";
import { after, has, lineAt, listed, tops } from "./listed";
import { asText, lines, who } from "./talk";

const label = (event: string | undefined) => (event === "chatbot.session.started" ? "Chatbot session started" : (event ?? "–"));

const at = (seconds: number) => `2026-11-23T09:${String(12 + Math.floor(seconds / 60)).padStart(2, "0")}:${(seconds % 60).toFixed(9).padStart(12, "0")}Z`;

const step = (id: string, seconds: number, more: Partial<Step> = {}): Step => ({ id, seq: id, time: at(seconds), received: at(seconds), lane: 0, ...more });

const LANE: Lane = { context: "journey", object: "Order updates", version: "14", events: 1, failures: 0 };

function told(events: Step[], more: Partial<Interaction> = {}): Interaction {
  const failures = events.filter(({ status }) => status === "failure" || status === "timed_out");
  const place = events.findIndex(({ status }) => status === "failure" || status === "timed_out");
  const [first, last] = [events[0]!, events.at(-1)!];
  return {
    interaction: "i", complete: true, next: null, prev: null, outcome: { finished: true, failures: failures.length, last_status: null },
    started: first.time, ended: last.time, took_nanos: 1e9, busy_nanos: 1e9, first_failure: place < 0 ? null : { id: events[place]!.id, place },
    people: [], conversations: [], contexts: [], objects: [], versions: [], lanes: [LANE], gaps: [], spans: [], messages: [], events, ...more,
  };
}

const text = (parts: { text: string }[]) => parts.map((part) => part.text).join("");

describe("the sentence on top", () => {
  it("tells the first failure and how it ended", () => {
    const events = [
      step("a", 0, { occurred_in: "journey", object: "Order updates" }),
      step("b", 2, { occurred_in: "journey", object: "Order updates", element: "Look up carrier", status: "failure", reason: "HTTP 503" }),
      step("c", 4, { occurred_in: "journey", object: "Order updates", element: "Look up carrier", status: "failure" }),
      step("d", 600, { occurred_in: "conversation", object: "Parcel support", performed_by: "Mara Lind", performed_by_type: "agent" }),
    ];
    expect(text(headline(told(events), label, 0))).toBe("The journey Order updates first failed at Look up carrier with HTTP 503, and the conversation ended 9 min 58 s later with Mara Lind.");
  });

  it("says when nothing failed, and when it goes on", () => {
    const events = [step("a", 0, { occurred_in: "chatbot", object: "Helper" }), step("b", 1)];
    expect(text(headline(told(events), label, 0))).toBe("The chatbot Helper went through 2 steps in 1.00 s without a failure.");
    const open = told(events, { outcome: { finished: false, failures: 0, last_status: null } });
    expect(text(headline(open, label, Date.parse(open.ended) + 1_000))).toMatch(/without a failure so far\.$/);
    expect(text(headline(open, label, Date.parse(open.ended) + 3 * 86_400_000))).toMatch(/so far\. Nothing has happened for 3 d\.$/);
    const waits = { ...open, spans: [{ lane: 0, start: "b", finish: null, from: at(1), to: null, duration_nanos: null, open: true, event: "journey.wait.started", element: "Wait for reply" }] };
    expect(text(headline(waits, label, Date.parse(at(1)) + 3 * 86_400_000))).toMatch(/so far\. It has waited for 3 d at Wait for reply\.$/);
  });
});

describe("what lanes draw", () => {
  it("joins starts and finishes, and leaves single events alone", () => {
    const events = [step("a", 0, { event: "chatbot.session.started" }), step("b", 1), step("c", 5)];
    const one = told(events, { spans: [{ lane: 0, start: "a", finish: "c", from: at(0), to: at(5), duration_nanos: 5e9, open: false, event: "chatbot.session.started", status: "success" }] });
    const [items] = laneItems(one, moments(one), label);
    expect(items).toMatchObject([{ id: "a", from: 0, to: 5_000, name: one.lanes[0]!.object ?? "Chatbot session", durationNanos: 5e9 }, { id: "b", from: 1_000 }]);
    expect(items![1]).not.toHaveProperty("to");
  });

  it("draws an open span to the end, a wait as one, and an event's own duration before it", () => {
    const events = [step("a", 0, { event: "journey.wait.started" }), step("b", 3, { duration_nanos: 2e9 })];
    const one = told(events, { spans: [{ lane: 0, start: "a", finish: null, from: at(0), to: null, duration_nanos: null, open: true, event: "journey.wait.started" }] });
    const [items] = laneItems(one, moments(one), label);
    expect(items).toMatchObject([{ id: "a", to: 3_000, waits: true, open: true }, { id: "b", from: 1_000, to: 3_000 }]);
  });

  it("leads a failed span to its finish, where the reason is", () => {
    const events = [step("a", 0), step("b", 1, { status: "failure" })];
    const one = told(events, { spans: [{ lane: 0, start: "a", finish: "b", from: at(0), to: at(1), duration_nanos: 1e9, open: false, status: "failure" }] });
    expect(laneItems(one, moments(one), label)[0]![0]!.id).toBe("b");
  });
});

describe("the list of steps", () => {
  const events = [step("a", 0, { element: "Trigger" }), step("b", 1, { status: "failure", reason: "HTTP 503" }), step("c", 100)];
  const one = told(events, { gaps: [{ after: "b", from: at(1), to: at(100), nanos: 99e9 }] });

  it("has idle time between steps only where all are shown", () => {
    expect(listed(one, "", false).map(({ kind }) => kind)).toEqual(["step", "step", "gap", "step"]);
    expect(listed(one, "", true).map((line) => line.kind === "step" && line.step.id)).toEqual(["b"]);
    expect(listed(one, "503", false)).toHaveLength(1);
    expect(has(events[0]!, "TRIG")).toBe(true);
  });

  it("finds the line at a height", () => {
    const found = tops(listed(one, "", false));
    expect(found).toEqual([0, 28, 56, 80, 108]);
    expect([0, 27, 28, 79, 80, 1_000].map((height) => lineAt(found, height))).toEqual([0, 0, 1, 2, 3, 3]);
  });

  it("says how long after the start", () => {
    expect([0, 218, 4_580, 1_167_000, 3_723_000, 90_061_000].map(after)).toEqual(["0 ms", "+218 ms", "+4.58 s", "+19:27", "+1:02:03", "+1 d 1 h"]);
  });
});

describe("the transcript", () => {
  const message = (id: string, seconds: number, more: Partial<Message>): Message => ({
    id, time: at(seconds), from: { role: "bot", name: "Helper" }, to: null, channel: null, text: "hello", delivery: null, delivery_time: null, delivery_event: null, reason: null, ...more,
  });
  const events = [
    step("a", 0), step("b", 1, { element: "Look up", status: "failure", reason: "HTTP 503" }), step("c", 2), step("d", 600), step("e", 601, { event: "conversation.assigned", performed_by: "Mara" }), step("f", 700),
  ];
  const one = told(events, {
    messages: [message("c", 2, { delivery: "seen" }), message("d", 600, { from: { role: "person", name: null } })],
    gaps: [{ after: "c", from: at(2), to: at(600), nanos: 598e9 }, { after: "e", from: at(601), to: at(700), nanos: 99e9 }],
  });

  it("puts failures, hand-overs and idle time between the messages, idle time never last", () => {
    expect(lines(one, label).map((line) => (line.kind === "note" ? line.text : line.message.text))).toEqual(["Look up failed, HTTP 503", "hello", "9 min 58 s later", "hello", "Mara took over"]);
  });

  it("tells what failed again and again once, with how often", () => {
    const events = Array.from({ length: 120 }, (_, at) => step(`f${at}`, at, { status: "failure", element: "Pay", reason: "HTTP 503" }));
    expect(lines(told(events), label).map((line) => (line.kind === "note" ? line.text : ""))).toEqual(["Pay failed, HTTP 503, 120 times in 1 min 59 s"]);
  });

  it("lets no machine take somebody over", () => {
    const events = [step("a", 0, { event: "conversation.assigned", performed_by: "inbox", performed_by_type: "system" })];
    expect(lines(told(events), label)).toMatchObject([{ text: "A colleague took over" }]);
  });

  it("adds up idle time in which nobody said anything", () => {
    const quiet = told(events, { messages: one.messages, gaps: [{ after: "c", from: at(2), to: at(300), nanos: 298e9 }, { after: "c", from: at(330), to: at(600), nanos: 270e9 }] });
    expect(lines(quiet, label).map((line) => (line.kind === "note" ? line.text : line.message.text))).toContain("9 min 58 s later");
  });

  it("says who says it", () => {
    expect(who(one.messages[0]!)).toBe("Helper · bot");
    expect(who(one.messages[1]!)).toBe("Person");
    expect(who(message("x", 0, { from: { role: "system", name: "Order updates" }, channel: "sms" }))).toBe("Order updates · SMS");
    expect(who(message("x", 0, { from: { role: "agent", name: null } }))).toBe("Colleague");
    expect(who(message("x", 0, { from: { role: "person", name: "customer-00000000000000000041" } }), true)).toBe("Person custom…00000000000041".replace("custom…00000000000041", shortId("customer-00000000000000000041")));
  });

  it("is copied as lines", () => {
    expect(asText(lines(one, label), (time) => time.slice(11, 16)).split("\n")[1]).toBe("09:12 Helper · bot [Seen]: hello");
  });
});

describe("links from templates", () => {
  const template = (text: string) => [{ kind: "person", label: "Profile", template: text }];

  it("fills values in, percent-encoded", () => {
    expect(filled(template("https://crm.example/p/{person}?i={interaction}"), { person: "a b/c", interaction: "1" })).toEqual([{ kind: "person", label: "Profile", url: "https://crm.example/p/a%20b%2Fc?i=1" }]);
  });

  it("leaves out what misses a value or is no web link", () => {
    expect(filled(template("https://crm.example/{person}"), {})).toEqual([]);
    expect(filled(template("javascript:alert({person})"), { person: "1" })).toEqual([]);
    expect(filled(template("https://crm.example/{constructor}"), {})).toEqual([]);
  });
});

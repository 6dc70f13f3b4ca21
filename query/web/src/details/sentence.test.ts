import { describe, expect, test } from "vitest";

import { CLAUSES } from "./clauses";
import { sentence, type Told } from "./sentence";

const said = (event: Told, label = "Label", took?: string) => sentence(event, label, took).map((part) => part.text).join("");
const toned = (event: Told, label = "Label", took?: string) =>
  sentence(event, label, took).map(({ text, tone }) => (tone === "plain" ? text : `<${tone} ${text}>`)).join("");

describe("a sentence of what happened", () => {
  test("names object and element, and says how it failed and when", () => {
    const event = { event: "journey.api.called", status: "failure", object: "Order updates", element: "Look up carrier", reason: "HTTP 503" };
    expect(toned(event, "API called", "2.02 s")).toBe(
      "The journey <name Order updates> called the API at <name Look up carrier>, and the call <bad failed with HTTP 503> after 2.02 s.");
  });

  test("sets words off from the verb, and codes not", () => {
    const event = { event: "ai_agent.tool.called", status: "failure", object: "Concierge", element: "find_order" };
    expect(said({ ...event, reason: "arguments did not fit." })).toBe("The AI agent Concierge used the tool find_order, and the tool failed: arguments did not fit.");
    expect(said({ ...event, reason: "ECONNRESET" })).toMatch(/failed with ECONNRESET\.$/);
    expect(said(event)).toMatch(/the tool failed\.$/);
  });

  test("takes only the beginning of a long reason, on one line", () => {
    const text = said({ event: "message.rejected", status: "failure", reason: `a\n${"b".repeat(500)}` });
    expect(text).toContain(": a b");
    expect(text).not.toContain("\n");
    expect(text.length).toBeLessThan(200);
  });

  test("does without what the event lacks", () => {
    expect(said({ event: "ai_agent.started", status: "in_progress" }, "x", "3 s")).toBe("An AI agent began to work.");
    expect(said({ event: "message.seen", status: "success" })).toBe("The person opened a message.");
    expect(said({ event: "journey.element.executed", object: "J" })).toBe("The journey J ran its step without a name.");
  });

  test("says how long a success took", () => {
    expect(said({ event: "journey.api.called", status: "success", object: "J" }, "x", "412 ms")).toBe("The journey J called the API. It took 412 ms.");
  });

  test("says of unknown names where they happened", () => {
    expect(said({ event: "a.b", occurred_in: "journey", object: "J", element: "E", status: "timed_out" }, "a.b")).toBe("a.b in the journey J at E; it timed out.");
    expect(said({ event: "a.b", occurred_in: "ward", object: "W" }, "a.b")).toBe("a.b in W.");
    expect(said({}, "Event without a name")).toBe("Event without a name.");
  });

  test("treats a name from outside as a name, whatever it looks like", () => {
    expect(said({ event: "constructor", object: "{journey}" }, "constructor")).toBe("constructor in {journey}.");
    expect(said({ event: "journey.started", object: "{at}", element: "|x" })).toBe("The journey {at} started for the person.");
  });

  test("every clause is filled without remainder", () => {
    for (const event of Object.keys(CLAUSES)) {
      for (const told of [{}, { object: "Obj", element: "El", status: "failure", reason: "why" }]) {
        const text = said({ event, ...told }, "L", "1 s");
        expect(text, event).toMatch(/^[A-Z][^{}|]*\.$/);
        expect(text, event).not.toMatch(/undefined| {2}| ,/);
      }
    }
  });
});

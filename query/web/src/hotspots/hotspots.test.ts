import { describe, expect, it } from "vitest";

import type { Comparison, ObjectStats, Stats, VersionStats } from "./answer";
import { chosenObject, listQuestion, logOf, objectQuestion } from "./asked";
import { aloneSentence, bad, comparedSentence, direction, heat, interval, others, pair, slower, together, typeIcon, typeWord } from "./judge";
import { fewer, inOrder, lines, orderOf } from "./lines";

const stats = (events: number, failures: number): Stats => {
  const rate = failures / Math.max(1, events);
  const half = 1.96 * Math.sqrt((rate * (1 - rate)) / Math.max(1, events));
  return { events, failures, rate, rate_low: rate - half, rate_high: rate + half, interactions: events, duration_p50_nanos: null, duration_p95_nanos: null, durations: 0, first: "", last: "" };
};
const version = (name: string | null, events: number): VersionStats => ({ version: name, ...stats(events, 0) });
const text = (parts: { text: string }[]) => parts.map((part) => part.text).join("");
const compare = (a: Stats, b: Stats, failures: [string, number][] = []): Comparison => ({
  object: "Order updates", a: { version: "13", ...a }, b: { version: "14", ...b },
  elements: failures.map(([element, count]) => ({ element, element_type: null, a: null, b: stats(1_000, count), change: null, few: true })),
});

describe("judging rates", () => {
  const all = { events: 100_000, failures: 1_000 };

  it("colours what fails more often than everything else, the darker the more often", () => {
    expect([0, 0.001, 0.01, 0.013, 0.02, 0.03, 0.045, 0.4].map((rate) => heat(stats(10_000, rate * 10_000), all))).toEqual(["", "", "", "", "h1", "h2", "h3", "h4"]);
    expect(heat(stats(29, 20), all)).toBe("");
    expect(heat(null, all)).toBe("");
  });

  it("colours a change that is sure, from half a point on", () => {
    const one = stats(1_000, 10);
    expect([100, 12, 10, 8, 0].map((failures) => direction(one, stats(1_000, failures)))).toEqual(["up", "quiet", "quiet", "quiet", "down"]);
    expect(direction(stats(10_000_000, 100_000), stats(10_000_000, 130_000))).toBe("quiet");
    expect(direction(null, one)).toBe("quiet");
    expect(direction(one, null)).toBe("quiet");
  });

  it("never has a colour of a change under a sentence that says about as often", () => {
    for (const a of [0, 1, 5, 20, 60]) {
      for (const b of [1, 5, 20, 60, 200]) {
        const [one, other] = [stats(2_000, a), stats(2_000, b)];
        if (/about as often/.test(text(comparedSentence(compare(one, other))))) expect(direction(one, other)).toBe("quiet");
      }
    }
  });

  it("takes neither noise nor what is sure but small for news", () => {
    expect([bad(stats(100, 2), all), bad(stats(100, 9), all)]).toEqual([false, true]);
    const much = { events: 100_000_000, failures: 1_000_000 };
    expect(bad(stats(10_000_000, 110_000), much)).toBe(false);
    expect(bad(stats(10_000_000, 200_000), much)).toBe(true);
  });

  it("holds nothing against itself where there is nothing else", () => {
    expect(bad(stats(1_000, 500), { events: 1_000, failures: 500 })).toBe(false);
    expect(others({ events: 1_000, failures: 500 }, { events: 990, failures: 500 })).toEqual({ events: 1_000, failures: 500 });
    expect(others(all, { events: 60_000, failures: 900 })).toEqual({ events: 40_000, failures: 100 });
    expect(together([{ events: 1, failures: 1 }, { events: 2, failures: 0 }])).toEqual({ events: 3, failures: 1 });
  });

  it("has the server's intervals", () => {
    for (const [failures, events, low, high] of [[0, 10, 0, 0.2775], [1, 10, 0.0179, 0.4042], [5, 10, 0.2366, 0.7634], [10, 10, 0.7225, 1], [50, 1_000, 0.0381, 0.0653]] as const) {
      const found = interval({ events, failures });
      expect(found[0]).toBeCloseTo(low, 4);
      expect(found[1]).toBeCloseTo(high, 4);
    }
    expect(interval({ events: 0, failures: 0 })).toEqual([0, 1]);
  });

  it("takes a duration as grown at twice and a tenth of a second more", () => {
    expect([slower(180e6, 1.9e9), slower(1e6, 3e6), slower(2e9, 3e9), slower(null, 1e9)]).toEqual([true, false, false, false]);
  });

  it("compares the newest version that ran with the one before", () => {
    expect(pair([version("15", 3), version("14", 900), version("13", 5), version("12", 800), version(null, 9_000)])).toEqual({ a: "12", b: "14" });
    expect(pair([version("2", 3), version("1", 2)])).toEqual({ a: "1", b: "2" });
    expect(pair([version("1", 900)])).toBeUndefined();
  });
});

describe("the sentence", () => {
  it("names of two places that fail as often the cause: the earlier one, never an end", () => {
    const place = (element: string | null, type: string | null, first: string, failures = 584) => ({ element, element_type: type, ...stats(9_732, failures), first });
    const object = { object: "Parcel delay", occurred_in: "journey", versions: [], ...stats(9_732, 584) };
    const named = (...places: ReturnType<typeof place>[]) => text(aloneSentence(object, places, { events: 100_000, failures: 1_000 })).match(/ at (.*)\.$/)?.[1];
    const [exit, look, send] = [place("Exit", "exit", "2026-11-29T10:00:00Z"), place("Look up carrier", "api_call", "2026-11-29T10:00:02Z"), place("Send", "send_message", "2026-11-29T10:00:01Z")];
    expect([named(exit, look), named(look, exit), named(look, send, exit), named(place(null, "journey.ended", ""), exit, look)]).toEqual(["Look up carrier", "Look up carrier", "Send", "Look up carrier"]);
    expect(named(look, place("Exit", "exit", "", 585))).toBe("Exit");
  });

  it("says how many times as often, and where", () => {
    expect(text(comparedSentence(compare(stats(12_426, 55), stats(18_774, 738), [["Look up carrier", 612], ["Send", 64]])))).toBe("Order updates v14 fails 8.9 times as often as v13, nearly all of it at Look up carrier.");
  });

  it("names the element, not what it ends", () => {
    const elements = [null, "Look up carrier"].map((element) => ({ element, element_type: null, ...stats(100, 20) }));
    const object: ObjectStats = { object: "Parcel delay", occurred_in: "journey", versions: [], ...stats(200, 40) };
    expect(text(aloneSentence(object, elements, { events: 2_000, failures: 400 }))).toBe("Parcel delay fails in 20.0% of its events, most of it at Look up carrier.");
    expect(inOrder(lines(undefined, elements), "failures").map(({ element }) => element)).toEqual(["Look up carrier", null]);
  });

  it("says of a version that did not run that it has no events", () => {
    expect(text(comparedSentence(compare(stats(1_000, 10), stats(0, 0))))).toBe("Order updates v14 cannot be compared with v13 yet: v14 has no events in this period.");
  });

  it("does not compare few events, nor call noise a difference", () => {
    expect(text(comparedSentence(compare(stats(12_426, 55), stats(22, 1))))).toBe("Order updates v14 cannot be compared with v13 yet: v14 has only 22 events in this period.");
    expect(text(comparedSentence(compare(stats(1_000, 10), stats(1_000, 12))))).toMatch(/^Order updates v14 fails about as often as v13: in 1\.2% and 1\.0% of the events\.$/);
    expect(text(comparedSentence(compare(stats(1_000, 0), stats(1_000, 0))))).toBe("Order updates v14 and v13 had no failure.");
    expect(text(comparedSentence(compare(stats(10_000, 900), stats(10_000, 90))))).toMatch(/fails less often than v13: in 0\.9% of its events, not 9\.0%\.$/);
    expect(text(comparedSentence(compare(stats(10_000, 0), stats(10_000, 390))))).toBe("Order updates v14 fails in 3.9% of its events, v13 never did.");
  });

  it("tells of one version alone", () => {
    const object: ObjectStats = { object: "Helper", occurred_in: "chatbot", versions: [], ...stats(100, 4) };
    expect(text(aloneSentence(object, [{ element: "Intent", element_type: null, ...stats(50, 3) }], { events: 1_100, failures: 44 }))).toBe("Helper fails in 4.0% of its events, most of it at Intent.");
    const often = { ...object, ...stats(1_000, 100) };
    expect(text(aloneSentence(often, [], { events: 11_000, failures: 600 }))).toBe("Helper fails in 10.0% of its events, 2.0 times as often as everything else.");
    expect(text(aloneSentence(often, [], { events: 11_000, failures: 100 }))).toBe("Helper fails in 10.0% of its events, while nothing else fails.");
    expect(text(aloneSentence({ ...object, ...stats(4, 1) }, [], { events: 1_000, failures: 10 }))).toBe("Helper failed once in 4 events: too few to tell how often it fails.");
    expect(text(aloneSentence({ ...object, failures: 0 }, [], { events: 100, failures: 0 }))).toBe("Helper had no failure in this period.");
  });
});

describe("lines of elements", () => {
  it("stand in the order of a measure, what cannot be compared after what got worse", () => {
    const line = (element: string, change: number | null, b: Stats | null) => ({ element, element_type: null, a: stats(40, 0), b, change, few: change === null });
    const some = lines([line("same", 0, stats(50, 5)), line("new", null, stats(3, 1)), line("worse", 0.2, stats(50, 20)), line("gone", null, null)], []);
    expect(inOrder(some, "change").map(({ element }) => element)).toEqual(["worse", "new", "gone", "same"]);
    expect(inOrder(some, "events").map(({ element }) => element)).toEqual(["same", "worse", "new", "gone"]);
    expect(orderOf(some)).toBe("change");
    expect(orderOf(lines([line("same", 0, stats(50, 0)), line("new", null, stats(3, 1))], []))).toBe("failures");
    expect(some.map(fewer)).toEqual([40, 3, 40, 0]);
    expect(lines(undefined, [{ element: "only", element_type: "wait", ...stats(9, 1) }])).toMatchObject([{ element: "only", type: "wait", few: true }]);
  });
});

describe("what is asked", () => {
  const params = new URLSearchParams("event=journey.api.called&object=Order updates&from=now-7d&cols=event&compare_a=13");

  it("lists all objects, and asks for one", () => {
    expect(chosenObject(params)).toBe("Order updates");
    expect(chosenObject(new URLSearchParams("object=a&object=b"))).toBeUndefined();
    expect(chosenObject(new URLSearchParams("object=!a"))).toBeUndefined();
    expect(String(listQuestion(params))).toBe("event=journey.api.called&from=now-7d");
    expect(String(objectQuestion(params, "x", { a: "1", b: "2" }))).toBe("event=journey.api.called&from=now-7d&object=x&elements=1&compare_a=1&compare_b=2");
  });

  it("leads into the log", () => {
    expect(String(logOf(params, { object: "Order updates", element: "!odd", version: "14", failed: true }))).toBe("event=journey.api.called&from=now-7d&object=Order+updates&element=%5C%21odd&version=14&status=failure&status=timed_out");
  });
});

describe("types of elements", () => {
  it("has words, and a drawing for those it knows", () => {
    expect([typeIcon("api_call"), typeIcon("branch"), typeIcon("zzz"), typeIcon(null)]).toEqual(["webhook", "split", undefined, undefined]);
    expect([typeWord("api_call"), typeWord("wait"), typeWord(null)]).toEqual(["API call", "Wait", ""]);
  });
});

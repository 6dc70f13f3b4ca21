import { describe, expect, it } from "vitest";

import type { Comparison, FirstStats, ObjectStats, VersionStats } from "./answer";
import { chosenObject, listQuestion, logOf, objectQuestion } from "./asked";
import { aloneSentence, bad, comparedSentence, direction, heat, interval, onsetSentence, others, pair, slower, together, typeIcon, typeWord } from "./judge";
import { fewer, inOrder, lines, orderOf } from "./lines";

const counts = (interactions: number, failed_interactions: number) => ({ interactions, failed_interactions });
const stats = (interactions: number, failed: number): FirstStats => {
  const rate = failed / Math.max(1, interactions);
  const half = 1.96 * Math.sqrt((rate * (1 - rate)) / Math.max(1, interactions));
  return { events: 3 * interactions, failures: 2 * failed, waits_over: 0, rate, rate_low: rate - half, rate_high: rate + half, ...counts(interactions, failed), first_failed: failed, duration_p50_nanos: null, duration_p95_nanos: null, durations: 0, first: "", last: "" };
};
const version = (name: string | null, interactions: number): VersionStats => ({ version: name, ...stats(interactions, 0) });
const text = (parts: { text: string }[]) => parts.map((part) => part.text).join("");
const compare = (a: FirstStats, b: FirstStats, failures: [string, number][] = []): Comparison => ({
  object: "Order updates", a: { version: "13", ...a }, b: { version: "14", ...b },
  elements: failures.map(([element, count]) => ({ element, element_type: null, a: null, b: stats(1_000, count), change: null, few: true })),
});

describe("judging rates", () => {
  const all = counts(100_000, 1_000);

  it("colours what fails more often than everything else, the darker the more often", () => {
    expect([0, 0.001, 0.01, 0.013, 0.02, 0.03, 0.045, 0.4].map((rate) => heat(stats(10_000, rate * 10_000), all))).toEqual(["", "", "", "", "h1", "h2", "h3", "h4"]);
    expect(heat(stats(29, 20), all)).toBe("");
    expect(heat(null, all)).toBe("");
  });

  it("does not colour what failed only after something else had", () => {
    expect([2_000, 4_000].map((first_failed) => heat({ ...stats(10_000, 4_000), first_failed }, all))).toEqual(["h4", "h4"]);
    expect(heat({ ...stats(10_000, 4_000), first_failed: 100 }, all)).toBe("");
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
    const much = counts(100_000_000, 1_000_000);
    expect(bad(stats(10_000_000, 110_000), much)).toBe(false);
    expect(bad(stats(10_000_000, 200_000), much)).toBe(true);
  });

  it("holds nothing against itself where there is nothing else", () => {
    expect(bad(stats(1_000, 500), counts(1_000, 500))).toBe(false);
    expect(others(counts(1_000, 500), counts(990, 500))).toEqual(counts(1_000, 500));
    expect(others(all, counts(60_000, 900))).toEqual(counts(40_000, 100));
    expect(together([counts(1, 1), counts(2, 0)])).toEqual(counts(3, 1));
  });

  it("has the server's intervals", () => {
    for (const [failed, interactions, low, high] of [[0, 10, 0, 0.2775], [1, 10, 0.0179, 0.4042], [5, 10, 0.2366, 0.7634], [10, 10, 0.7225, 1], [50, 1_000, 0.0381, 0.0653]] as const) {
      const found = interval(counts(interactions, failed));
      expect(found[0]).toBeCloseTo(low, 4);
      expect(found[1]).toBeCloseTo(high, 4);
    }
    expect(interval(counts(0, 0))).toEqual([0, 1]);
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
  it("names the place where most failed first, not what that brings down", () => {
    const place = (element: string | null, first_failed: number) => ({ element, element_type: null, ...stats(9_732, 584), first_failed });
    const object = { object: "Parcel delay", occurred_in: "journey", versions: [], ...stats(9_732, 584) };
    const named = (...places: ReturnType<typeof place>[]) => text(aloneSentence(object, places, counts(100_000, 1_000))).match(/, ([^,]*) at (.*)\.$/)?.slice(1);
    expect(named(place("Exit", 0), place("Look up carrier", 584))).toEqual(["all of it", "Look up carrier"]);
    expect(named(place("Exit", 84), place("Look up carrier", 500))).toEqual(["nearly all of it", "Look up carrier"]);
    expect(named(place(null, 292), place("Exit", 292))).toEqual(["most of it", "Exit"]);
    expect(named(place(null, 584), place("Exit", 0))).toBeUndefined();
  });

  it("says since when, and what was before", () => {
    const onset = { element: "Look up carrier", since: "", until: null, interactions: 979, failed_interactions: 510, rate: 0.521, rate_before: 0.013 };
    expect(text(onsetSentence(onset, "30 Nov 09:10 UTC+1", ""))).toBe("Since 30 Nov 09:10 UTC+1, Look up carrier fails in 52.1% of its interactions; before that in 1.3%.");
    expect(text(onsetSentence({ ...onset, until: "x", rate_before: 0 }, "30 Nov 09:10", "10:05 UTC+1"))).toBe("From 30 Nov 09:10 to 10:05 UTC+1, Look up carrier failed in 52.1% of its interactions; before that it never did.");
  });

  it("says how many times as often, and where", () => {
    expect(text(comparedSentence(compare(stats(12_426, 55), stats(18_774, 738), [["Look up carrier", 612], ["Send", 64]])))).toBe("Order updates v14 fails 8.9 times as often as v13, nearly all of it at Look up carrier.");
  });

  it("names the element, not what it ends", () => {
    const elements = [null, "Look up carrier"].map((element) => ({ element, element_type: null, ...stats(100, 20) }));
    const object: ObjectStats = { object: "Parcel delay", occurred_in: "journey", versions: [], ...stats(200, 40) };
    expect(text(aloneSentence(object, elements, counts(2_000, 400)))).toBe("Parcel delay fails in 20.0% of its interactions, most of it at Look up carrier.");
    expect(inOrder(lines(undefined, elements), "first").map(({ element }) => element)).toEqual(["Look up carrier", null]);
  });

  it("says of a version that did not run that it has no events", () => {
    expect(text(comparedSentence(compare(stats(1_000, 10), stats(0, 0))))).toBe("Order updates v14 cannot be compared with v13 yet: v14 has no events in this period.");
  });

  it("does not compare few events, nor call noise a difference", () => {
    expect(text(comparedSentence(compare(stats(12_426, 55), stats(22, 1))))).toBe("Order updates v14 cannot be compared with v13 yet: v14 has only 22 interactions in this period.");
    expect(text(comparedSentence(compare(stats(1_000, 10), stats(1_000, 12))))).toMatch(/^Order updates v14 fails about as often as v13: in 1\.2% and 1\.0% of the interactions\.$/);
    expect(text(comparedSentence(compare(stats(1_000, 0), stats(1_000, 0))))).toBe("Order updates v14 and v13 had no failure.");
    expect(text(comparedSentence(compare(stats(10_000, 900), stats(10_000, 90))))).toMatch(/fails less often than v13: in 0\.9% of its interactions, not 9\.0%\.$/);
    expect(text(comparedSentence(compare(stats(10_000, 0), stats(10_000, 390))))).toBe("Order updates v14 fails in 3.9% of its interactions, v13 never did.");
  });

  it("tells of one version alone", () => {
    const object: ObjectStats = { object: "Helper", occurred_in: "chatbot", versions: [], ...stats(100, 4) };
    expect(text(aloneSentence(object, [{ element: "Intent", element_type: null, ...stats(50, 3) }], counts(1_100, 44)))).toBe("Helper fails in 4.0% of its interactions, all of it at Intent.");
    const often = { ...object, ...stats(1_000, 100) };
    expect(text(aloneSentence(often, [], counts(11_000, 600)))).toBe("Helper fails in 10.0% of its interactions, 2.0 times as often as everything else.");
    expect(text(aloneSentence(often, [], counts(11_000, 100)))).toBe("Helper fails in 10.0% of its interactions, while nothing else fails.");
    expect(text(aloneSentence({ ...object, ...stats(4, 1) }, [], counts(1_000, 10)))).toBe("Helper failed in 1 of 4 interactions: too few to tell how often it fails.");
    expect(text(aloneSentence({ ...object, failed_interactions: 0 }, [], counts(100, 0)))).toBe("Helper had no failure in this period.");
  });
});

describe("lines of elements", () => {
  it("stand in the order of a measure, what cannot be compared after what got worse", () => {
    const line = (element: string, change: number | null, b: FirstStats | null) => ({ element, element_type: null, a: stats(40, 0), b, change, few: change === null });
    const some = lines([line("same", 0, stats(50, 5)), line("new", null, stats(3, 1)), line("worse", 0.2, stats(50, 20)), line("gone", null, null)], []);
    expect(inOrder(some, "change").map(({ element }) => element)).toEqual(["worse", "new", "gone", "same"]);
    expect(inOrder(some, "interactions").map(({ element }) => element)).toEqual(["worse", "same", "new", "gone"]);
    expect(orderOf(some)).toBe("change");
    expect(orderOf(lines([line("same", 0, stats(50, 0)), line("new", null, stats(3, 1))], []))).toBe("first");
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
    const whole = { object: "x", element: null, failed: true, waits: true, since: "2026-11-30T08:10:00Z", until: "2026-11-30T09:00:00Z" };
    expect(String(logOf(new URLSearchParams("from=now-7d"), whole))).toBe("from=2026-11-30T08%3A10%3A00Z&object=x&element=%21*&to=2026-11-30T09%3A00%3A00Z&status=failure&status=timed_out&event=%21journey.wait.timed_out");
  });
});

describe("types of elements", () => {
  it("has words, and a drawing for those it knows", () => {
    expect([typeIcon("api_call"), typeIcon("branch"), typeIcon("zzz"), typeIcon(null)]).toEqual(["webhook", "split", undefined, undefined]);
    expect([typeWord("api_call"), typeWord("wait"), typeWord(null)]).toEqual(["API call", "Wait", ""]);
  });
});

import { describe, expect, test } from "vitest";

import { apiQuery, counter, fileName, read, type Progress } from "./exporting";

const bytes = (text: string) => new TextEncoder().encode(text);
const stream = (chunks: string[], breaks = false) => new ReadableStream<Uint8Array>({
  start(controller) {
    chunks.forEach((chunk) => controller.enqueue(bytes(chunk)));
    if (breaks) controller.error(new TypeError("network error"));
    else controller.close();
  },
});

describe("an export", () => {
  test("counts lines, of CSV the records", () => {
    expect(counter("ndjson")(bytes("{}\n{}\n"))).toBe(2);
    const csv = counter("csv");
    expect(csv(bytes('a,b\n1,"two\nli'))).toBe(0);
    expect(csv(bytes('nes ""quoted"""\n3,4\n'))).toBe(2);
  });

  test("tells its progress, and gives all of it", async () => {
    const told: Progress[] = [];
    const { blob, what } = await read(stream(["{}\n", "{}\n{}\n"]), "ndjson", (progress) => told.push(progress));
    expect(await blob.text()).toBe("{}\n{}\n{}\n");
    expect(told).toEqual([{ events: 1, bytes: 3 }, { events: 3, bytes: 9 }]);
    expect(what).toBe("3 events saved.");
  });

  test("of people counts people, and says what is of nobody", async () => {
    const { what } = await read(stream(["person,time (Europe/Zagreb),status\r\nann,1,failure\r\nann,2,failure\r\nbob,1,success\r\n,3,failure\r\n"]), "people", () => {});
    expect(what).toBe("2 people saved. 1 event of nobody left out.");
  });

  test("that breaks off is an error", async () => {
    await expect(read(stream(["{}\n"], true), "ndjson", () => {})).rejects.toThrow("network error");
  });

  test("asks for the filters of the page, and nothing that only the page knows", () => {
    const query = apiQuery("?status=!success&q=a&from=now-24h&sel=x&tz=utc&live=1&cols=event", ["event", "attr.a"]);
    expect(query.toString()).toBe("status=%21success&q=a&from=now-24h&columns=event%2Cattr.a");
  });

  test("is named by the server, never with a path", () => {
    expect(fileName('attachment; filename="steplog-failures.csv"', "csv")).toBe("steplog-failures.csv");
    expect(fileName('attachment; filename="../x.csv"', "csv")).toBe("steplog-events.csv");
    expect(fileName(null, "otlp-json")).toBe("steplog-events.jsonl");
  });
});

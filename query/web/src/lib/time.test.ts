import { describe, expect, it } from "vitest";

import { between, clock, fromWallClock, moment, offset, resolve, wallClock } from "./time";

const NOW = Date.parse("2026-11-25T12:00:00Z");
const BERLIN = "Europe/Berlin";

describe("moments", () => {
  it("are shown to the millisecond in the zone that is chosen", () => {
    expect(moment("2026-11-23T09:12:06.418123456Z", "utc", NOW)).toEqual({ day: "23 Nov", time: "09:12:06.418" });
    expect(moment("2026-11-23T23:30:00.000000000Z", BERLIN, NOW)).toEqual({ day: "24 Nov", time: "00:30:00.000" });
    expect(moment("2025-01-02T00:00:00.000000000Z", "utc", NOW).day).toBe("2 Jan 2025");
  });

  it("are written as the platform writes them, in every month and over every change of the clocks", () => {
    for (const zone of ["utc", BERLIN, "Australia/Lord_Howe", "America/St_Johns"]) {
      const options = { timeZone: zone === "utc" ? "UTC" : zone, hourCycle: "h23" } as const;
      const day = new Intl.DateTimeFormat("en-GB", { ...options, day: "numeric", month: "short" });
      const time = new Intl.DateTimeFormat("en-GB", { ...options, hour: "2-digit", minute: "2-digit", second: "2-digit" });
      for (let at = Date.parse("2026-01-01T11:59:59.007Z"); at < Date.parse("2026-12-31T00:00:00Z"); at += 5 * 3_600_000 + 7 * 60_000) {
        const text = new Date(at).toISOString();
        expect(moment(text, zone, at)).toEqual({ day: day.format(at), time: `${time.format(at)}.007` });
        expect(clock(at, zone)).toBe(time.format(at));
      }
    }
  });

  it("are apart by nanoseconds", () => {
    expect(between("2026-11-23T09:00:00.000000001Z", "2026-11-23T09:00:00.000000004Z")).toBe(3);
    expect(between("2026-11-23T09:00:00.999999999Z", "2026-11-23T09:00:01.000000001Z")).toBe(2);
  });
});

describe("zones", () => {
  it("say how far they are from UTC, also over the change of the clocks", () => {
    expect(offset("utc", NOW)).toBe("UTC");
    expect(offset(BERLIN, Date.parse("2026-07-01T00:00:00Z"))).toBe("UTC+2");
    expect(offset(BERLIN, NOW)).toBe("UTC+1");
    expect(offset("Asia/Kolkata", NOW)).toBe("UTC+5:30");
    expect(offset("America/St_Johns", NOW)).toBe("UTC−3:30");
    expect(offset("Nowhere/Else", NOW)).toBe("UTC");
  });

  it("read wall clocks, in the night that has an hour twice and in the one that lacks one", () => {
    const read = (text: string) => new Date(fromWallClock(text, BERLIN)!).toISOString();
    expect(read("2026-07-01 12:00")).toBe("2026-07-01T10:00:00.000Z");
    expect(read("2026-10-25T01:59")).toBe("2026-10-24T23:59:00.000Z");
    expect(read("2026-10-25T02:30")).toBe("2026-10-25T00:30:00.000Z");
    expect(read("2026-10-25T03:00")).toBe("2026-10-25T02:00:00.000Z");
    expect(read("2026-03-29T01:59")).toBe("2026-03-29T00:59:00.000Z");
    expect(["2026-03-29T00:30:00.000Z", "2026-03-29T01:30:00.000Z"]).toContain(read("2026-03-29T02:30"));
    expect(fromWallClock("yesterday", BERLIN)).toBeUndefined();
    for (const at of ["2026-10-25T00:30:00.000Z", "2026-03-29T01:30:00.000Z", "2026-11-25T12:00:00.000Z"]) {
      expect(read(wallClock(Date.parse(at), BERLIN))).toBe(at);
    }
  });
});

describe("periods", () => {
  it("are resolved as the server does", () => {
    expect(resolve("now", NOW)).toBe(NOW);
    expect(resolve("now-90m", NOW)).toBe(NOW - 5_400_000);
    expect(resolve("1764072000000000000", NOW)).toBe(1_764_072_000_000);
    expect(resolve("2026-11-25T12:00:00.123456789Z", NOW)).toBe(NOW + 123);
    expect(resolve("noon", NOW)).toBeUndefined();
  });
});

import { describe, expect, it } from "vitest";

import { dayOf, daysLater, monthsLater, namedDays, periodWords, weeks, wholeDays } from "./period";

const NOW = Date.parse("2026-11-25T12:00:00Z");
const BERLIN = "Europe/Berlin";

describe("periods", () => {
  it("have words", () => {
    expect(periodWords(null, null, "utc", NOW)).toBe("Last 24 hours");
    expect(periodWords("now-24h", "now", "utc", NOW)).toBe("Last 24 hours");
    expect(periodWords("2026-11-26T09:00:00Z", null, "utc", NOW)).toBe("From 26 Nov 09:00 on");
    expect(periodWords("now-3h", null, "utc", NOW)).toBe("Last 3 hours");
    expect(periodWords("now-1d", null, "utc", NOW)).toBe("Last day");
    expect(periodWords("0", null, "utc", NOW)).toBe("All time");
    expect(periodWords("2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z", "utc", NOW)).toBe("23 Nov 09:00 – 23 Nov 10:00");
    expect(periodWords("2026-11-23T09:00:00Z", null, BERLIN, NOW)).toBe("23 Nov 10:00 – now");
    expect(periodWords(null, "2026-11-23T10:00:00Z", "utc", NOW)).toBe("22 Nov 10:00 – 23 Nov 10:00");
    expect(periodWords(null, "9999-12-31T23:59:59Z", BERLIN, NOW)).toBe("Last 24 hours");
    expect(periodWords("2026-11-23T09:00:00Z", "2262-04-12T00:00:00Z", "utc", NOW)).toBe("23 Nov 09:00 – now");
    expect(periodWords("now-1h", "9223372036854775807", "utc", NOW)).toBe("Last hour");
    expect(periodWords("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "utc", NOW)).toBe("All time");
    expect(periodWords("-9223372036854775808", "2026-11-23T10:00:00Z", "utc", NOW)).toBe("The first event – 23 Nov 10:00");
  });

  it("are called by their day where they are a whole one of the zone", () => {
    expect(periodWords("2026-11-25T00:00:00Z", null, "utc", NOW)).toBe("Today");
    expect(periodWords("2026-11-24T00:00:00.000Z", "2026-11-25T00:00:00Z", "utc", NOW)).toBe("Yesterday");
    expect(periodWords("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z", BERLIN, NOW)).toBe("24 Nov 01:00 – 25 Nov 01:00");
    expect(periodWords("2026-11-24T23:00:00Z", null, BERLIN, NOW)).toBe("Today");
  });
});

describe("a month", () => {
  it("ends in every year", () => {
    for (const month of ["0001-01", "0099-12", "1969-12", "2024-02", "9999-12"]) {
      const days = weeks(month).flat().filter((day) => day !== "");
      expect([days[0], days.length]).toEqual([`${month}-01`, month === "2024-02" ? 29 : 31]);
      expect(monthsLater(monthsLater(month, 1), -1)).toBe(month);
    }
  });
});

describe("whole days", () => {
  it("begin at midnight of the zone, and today's last until now", () => {
    expect(namedDays("utc", NOW)).toEqual([
      ["Today", { from: "2026-11-25T00:00:00.000Z", to: "" }],
      ["Yesterday", { from: "2026-11-24T00:00:00.000Z", to: "2026-11-25T00:00:00.000Z" }],
    ]);
    expect(dayOf(Date.parse("2026-11-24T23:30:00Z"), BERLIN)).toBe("2026-11-25");
    expect(wholeDays("2026-11-20", "2026-11-25", BERLIN, NOW)).toEqual({ from: "2026-11-19T23:00:00.000Z", to: "" });
  });

  it("have as many hours as their clocks", () => {
    const hours = (day: string) => {
      const { from, to } = wholeDays(day, day, BERLIN, NOW);
      return (Date.parse(to) - Date.parse(from)) / 3_600_000;
    };
    expect([hours("2026-03-29"), hours("2026-10-25"), hours("2026-06-01")]).toEqual([23, 25, 24]);
  });
});

describe("a calendar", () => {
  it("has weeks from Monday on", () => {
    const november = weeks("2026-11");
    expect(november).toHaveLength(6);
    expect(november[0]).toEqual(["", "", "", "", "", "", "2026-11-01"]);
    expect(november.at(-1)).toEqual(["2026-11-30", "", "", "", "", "", ""]);
    expect(weeks("2027-02").flat()).toHaveLength(28);
  });

  it("goes over the ends of years", () => {
    expect([monthsLater("2026-12", 1), monthsLater("2026-01", -1), daysLater("2026-12-31", 1)]).toEqual(["2027-01", "2025-12", "2027-01-01"]);
  });
});

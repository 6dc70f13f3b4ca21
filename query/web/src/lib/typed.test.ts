import { describe, expect, it } from "vitest";

import { iso, resolve } from "./time";
import { fieldSays, fieldText, readField } from "./typed";

const ZONES = ["utc", "local", "Europe/Berlin", "America/St_Johns", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Chatham", "Asia/Kathmandu"];
/** Nights in which clocks change somewhere, and round moments. */
const AROUND = ["2025-10-26T01:00:00Z", "2026-03-29T01:00:00Z", "2026-11-01T04:30:00Z", "2026-04-04T15:00:00Z", "2024-12-31T23:59:59Z", "1999-06-01T00:00:00Z", "2026-02-15T02:00:00Z"];

function* moments(): Generator<number> {
  let seed = 7;
  const next = () => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0);
  for (const text of AROUND) for (let at = -3; at <= 3; at++) yield Date.parse(text) + at * 1_800_000;
  for (let at = 0; at < 400; at++) {
    const near = Date.parse(AROUND[at % AROUND.length]!) + ((next() % 14_400) - 7_200) * 1_000;
    yield at % 3 === 0 ? near + (next() % 1_000) : at % 3 === 1 ? near : near - (near % 60_000);
  }
}

describe("the period's fields", () => {
  it("read back what they show, in every zone, second, night and year", () => {
    for (const zone of ZONES) for (const at of moments()) expect(readField(fieldText(at, zone), zone), `${fieldText(at, zone)} in ${zone}`).toBe(iso(at));
  });

  it("leave the address as it is where nothing, or the same, is typed", () => {
    const said = ["", "0", "now", "now-24h", "now+1h", "1764444000123456789", "2026-11-29T19:06:30.123456789Z", "2026-11-29T20:06+01:00", "yesterday"];
    for (const zone of ZONES) for (const text of [...said, ...[...moments()].map(iso)]) {
      const at = resolve(text, Date.parse("2026-11-29T19:06:30Z"));
      const shown = at === undefined ? "" : fieldText(at, zone);
      expect(fieldSays({ said: text, shown }, zone, "")).toBe(text);
      expect(fieldSays({ said: text, shown, typed: ` ${shown} ` }, zone, "")).toBe(text);
    }
  });

  it("read what people type", () => {
    const read = (text: string) => readField(text, "Europe/Berlin");
    expect(read("2026-11-23 9:00")).toBe("2026-11-23T08:00:00.000Z");
    expect(read("2026-11-23")).toBe("2026-11-22T23:00:00.000Z");
    expect(read("2026-11-23T09:00:30,5")).toBe("2026-11-23T08:00:30.500Z");
    expect(read("2026-11-23 09:00 UTC")).toBe("2026-11-23T09:00:00.000Z");
    expect(read("2026-11-23T09:00:00Z")).toBe("2026-11-23T09:00:00.000Z");
    expect(read("2026-11-23 09:00 +05:30")).toBe("2026-11-23T03:30:00.000Z");
    expect(read("now-2h")).toBe("now-2h");
    for (const wrong of ["yesterday", "2026-02-30 10:00", "2026-11-23 25:00", "23.11.2026", "now-2y", ""]) expect(read(wrong), wrong).toBeUndefined();
  });

  it("say nothing only where they were emptied", () => {
    expect(fieldSays({ said: "now-1h", shown: "2026-11-23 09:00", typed: "" }, "utc", "0")).toBe("0");
  });
});

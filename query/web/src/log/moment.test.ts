import { expect, it } from "vitest";

import { pastMoment } from "./moment";

it("the second of a moment that was copied", () => {
  const second = Date.parse("2026-11-30T07:39:57Z");
  for (const text of ["2026-11-30T07:39:57.773000000Z", '"2026-11-30T07:39:57Z"', "2026-11-30T08:39:57.5+01:00", String(second) + "000000", ` ${second + 773}000001 `]) expect(pastMoment(text), text).toBe(second);
  for (const text of ["", "2026-11-30", "07:39:57", "at 2026-11-30T07:39:57Z", "2026-13-40T07:39:57Z", "1234567890"]) expect(pastMoment(text), text).toBeUndefined();
});

// The zone that times are shown in: the address says it, else the reader chose it before, else it is the reader's own.

import { zoneName, type Zone } from "./time";

const KEY = "steplog-zone";

/** A zone as addresses have it: `utc`, or the name that everybody's platform knows. `local` is a reader's own. */
function named(zone: Zone): Zone {
  const name = zoneName(zone);
  // A name that the platform has another one for stays as it was written.
  return name === "UTC" ? "utc" : zone === "local" ? name : zone;
}

/** The zone of the reader's clock. */
export const own = (): Zone => named("local");

/** The zone that the reader chose; the own one until then. */
function chosen(): Zone {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === null ? own() : named(kept);
  } catch {
    return own(); // A browser without storage works, and forgets.
  }
}

/** Keeps what the reader chose; nothing of it where it is the reader's own, which may change on a journey. */
export function keepZone(zone: Zone): void {
  try {
    if (zone === own()) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, zone);
  } catch {
    // The address has it for now.
  }
}

/** The zone of an address. */
export function zoneOf(params: URLSearchParams): Zone {
  const said = params.get("tz");
  return said ? named(said) : chosen();
}

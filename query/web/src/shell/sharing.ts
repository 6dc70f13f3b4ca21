// Links: with fixed times, moving along, to one event, and those that other systems make.

import { interactionPath } from "../lib/base";
import { DAY, endOf } from "../lib/period";
import { iso, resolve } from "../lib/time";

/** An absolute time for `now-24h` and its kin; others stay as they are. `now` in milliseconds since 1970. */
export function absolute(text: string, now: number): string {
  const at = text.startsWith("now") ? resolve(text, now) : undefined;
  return at === undefined ? text : iso(at);
}

/** The same page with times that stay. A period that is not given is the last 24 hours. */
export function fixed(href: string, now: number): string {
  const url = new URL(href);
  const to = absolute(endOf(url.searchParams.get("to"), now) || "now", now);
  const from = url.searchParams.get("from");
  url.searchParams.set("from", from === null ? iso((resolve(to, now) ?? now) - DAY) : absolute(from, now));
  url.searchParams.set("to", to);
  url.searchParams.delete("live");
  return url.href;
}

/** What another system puts into a link. */
export interface Wanted {
  object?: string;
  element?: string;
  version?: string;
  person?: string;
  status?: string;
  from?: string;
}

/** A link for another system, at the page's own address: one interaction's page, or the log with filters. */
export function linkIn(page: string, interaction: string, wanted: Wanted): string {
  if (interaction !== "") return new URL(interactionPath(interaction).slice(1), page).href;
  const url = new URL(page);
  for (const [name, value] of Object.entries(wanted)) {
    if (value) url.searchParams.set(name, value);
  }
  return url.href;
}

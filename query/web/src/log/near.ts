// What an empty search may have meant: a word that is the name of a value.

import { eventAlone, eventLabel, known } from "../lib/names";
import { CONTEXTS, STATUSES } from "../lib/words";

export interface Near {
  column: string;
  value: string;
}

const folded = (text: string): string => text.toLowerCase().replace(/[\s_-]+/g, " ").trim();

/** The most that are asked for. */
const MOST = 4;

/** The filters that a search may stand for, by what people call their values. */
export function near(search: string): Near[] {
  const wanted = folded(search.replace(/^[a-z_]+:/, "").replaceAll('"', ""));
  if (wanted === "") return [];
  const found: Near[] = [];
  for (const [column, words] of [["status", STATUSES], ["occurred_in", CONTEXTS]] as const) {
    for (const [value, { label }] of Object.entries(words)) if ([value, label].some((name) => folded(name) === wanted)) found.push({ column, value });
  }
  for (const name of known.keys()) if ([name, eventLabel(name), eventAlone(name)].some((one) => folded(one) === wanted)) found.push({ column: "event", value: name });
  const version = /^v?(\d[\w.]*)$/.exec(wanted);
  if (version) found.push({ column: "version", value: version[1]! });
  return found.slice(0, MOST);
}

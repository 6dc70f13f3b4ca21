// The live tail: it says that something arrived, and how much does. The rows themselves the log asks for.

import { api, asTyped } from "../lib/api";
import { question } from "../lib/url";
import { Pace } from "./pace";

/** What arrives in a burst is told once, after so many milliseconds. */
const TOGETHER_MS = 250;
const SAID_EVERY_MS = 1_000;

/** How much arrives, in words; empty where nobody follows. */
export const followed = $state({ pace: "" });

/** Follows what these parameters ask for, whatever their period, and calls `arrived`, until the function that it returns is called. */
export function follow(params: URLSearchParams, arrived: () => void): () => void {
  const query = question(params);
  query.delete("from");
  query.delete("to");
  const pace = new Pace(Date.now());
  const say = () => (followed.pace = pace.words(Date.now()));
  let soon: ReturnType<typeof setTimeout> | undefined;
  const tell = () => {
    soon ??= setTimeout(() => {
      soon = undefined;
      arrived();
    }, TOGETHER_MS);
  };
  // The browser connects again by itself, and says where it was.
  const source = api.stream(`tail?${asTyped(query)}`);
  source.addEventListener("event", () => {
    pace.add(Date.now());
    tell();
  });
  // What was left out or cannot be read is no event; the log, asked, shows what there is and says that a part is missing.
  source.addEventListener("missed", tell);
  source.addEventListener("incomplete", tell);
  const saying = setInterval(say, SAID_EVERY_MS);
  say();
  return () => {
    clearTimeout(soon);
    clearInterval(saying);
    source.close();
    followed.pace = "";
  };
}

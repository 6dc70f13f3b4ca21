// The log's first question, asked before the page is there; the log takes over the answer.

import { api, type Page } from "../lib/api";
import { askedFor, question, readColumns } from "../lib/url";
import { askedColumns } from "./columns";

/** The events of one answer; with the next ones below it one does not wait while reading. */
export const FIRST = 100;
/** The most rows that come in above at once, and the most that are restored after Back. */
export const MOST = 1_000;

/** What is asked of the events, without how many. */
export function asked(params: URLSearchParams): URLSearchParams {
  const wanted = question(params, true);
  const columns = askedColumns(readColumns(params.get("cols")));
  if (columns.length > 0) wanted.set("columns", askedFor(columns));
  return wanted;
}

/** The log's first page. The server has browsers ask it of the bare address before anything else: it is told there, too. */
export function firstPage(params: URLSearchParams): URLSearchParams {
  const wanted = asked(params);
  wanted.set("limit", String(FIRST));
  wanted.set("why", "1");
  return wanted;
}

interface Started {
  of: string;
  page: Promise<Page>;
  abort: AbortController;
}

let started: Started | undefined;

/** Asks for the first page before anyone wants it. */
export function start(params: URLSearchParams): Promise<Page> {
  const wanted = firstPage(params);
  const abort = new AbortController();
  const page = api.get<Page>("events", wanted, abort.signal);
  // A failure is told by who takes it.
  page.catch(() => {});
  started = { of: String(wanted), page, abort };
  return page;
}

/** The answer that was asked for beforehand, if it is to this question; once only, and dropped with the signal. */
function take(wanted: URLSearchParams, signal: AbortSignal): Promise<Page> | undefined {
  const found = started;
  started = undefined;
  if (!found) return undefined;
  if (found.of !== String(wanted)) {
    found.abort.abort();
    return undefined;
  }
  signal.addEventListener("abort", () => found.abort.abort(), { once: true });
  return found.page;
}

/** Asks for a page of events; the first one may be on its way already. */
export const ask = (wanted: URLSearchParams, signal: AbortSignal): Promise<Page> =>
  take(wanted, signal) ?? api.get<Page>("events", wanted, signal);

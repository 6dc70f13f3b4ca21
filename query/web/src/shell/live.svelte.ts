// The live tail of the log, as the page sees it.

import { askedFor, question } from "../lib/url";
import { api, asTyped, type Row } from "../lib/api";
import { Tail, type TailState } from "./tail";

/** Begins with the filters of the page; `deliver` gets new rows, newest first. */
export class Live {
  state = $state.raw<TailState>({ on: false, connected: false, held: 0, missed: 0 });
  private tail: Tail;

  constructor(deliver: (rows: Row[]) => void) {
    this.tail = new Tail(api.stream, (rows) => deliver(rows as Row[]), (state) => (this.state = state));
  }

  /** Follows what these parameters ask for, with these columns beyond every row's. */
  start(params: URLSearchParams, columns: readonly string[]): void {
    const query = question(params);
    query.delete("from");
    query.delete("to");
    if (columns.length > 0) query.set("columns", askedFor(columns));
    this.tail.start(String(asTyped(query)));
  }

  /** Holds new rows back while one reads. */
  reading(now: boolean): void {
    this.tail.reading(now);
  }

  /** Hands over what is held back. */
  flush(): void {
    this.tail.flush();
  }

  stop(): void {
    this.tail.stop();
  }
}

// The rows of the log: the newest page, what is loaded below it, and what came in above it since.

import { asProblem, isAbort, type Emptiness, type Page, type Problem, type Row } from "../lib/api";
import { nanos } from "../lib/time";
import { searchProblem } from "../search/problem.svelte";
import { ask, asked, FIRST, firstPage, MOST } from "./opening";
import { merged, newcomers, order } from "./order";

const MORE = 200;
/** How often one looks for what is new, in milliseconds. */
export const LOOK_EVERY = 3_000;
/** So many looks without an answer are no accident. */
const MISSED = 2;

export class Rows {
  rows = $state.raw<Row[]>([]);
  /** The first rows of the answer, which what follows and what comes in does not change. */
  opening = $state.raw<Row[]>([]);
  /** Rows that came in and are held back. */
  held = $state.raw<Row[]>([]);
  complete = $state(true);
  /** Why there are no rows. */
  empty = $state.raw<Emptiness>({});
  problem = $state.raw<Problem | undefined>();
  loading = $state(false);
  loadingMore = $state(false);
  moreProblem = $state.raw<Problem | undefined>();
  /** Whether an answer has come at all. */
  answered = $state(false);
  more = $state(false);
  /** Since when the server has not told of what is new, in milliseconds since 1970. */
  lost = $state<number | undefined>();
  private missed = 0;
  private next: string | null = null;
  /** What follows after the rows that are held back, where they take the place of all others. */
  private instead: { next: string | null } | undefined;
  private asked = new URLSearchParams();
  private abort = new AbortController();

  /** Asks anew, for `count` rows at least. The old rows stay until the answer is there. */
  async load(params: URLSearchParams, count = 0): Promise<void> {
    this.abort.abort();
    const abort = (this.abort = new AbortController());
    this.asked = asked(params);
    this.loading = true;
    this.moreProblem = undefined;
    const search = params.get("q") ?? "";
    try {
      const page = await this.first(params, count, abort.signal);
      this.rows = page.events;
      this.opening = page.events.slice(0, FIRST);
      this.held = [];
      this.next = page.next;
      this.instead = undefined;
      this.more = page.next !== null;
      this.complete = page.complete;
      this.empty = { why: page.why, near: page.near, hints: page.hints };
      this.problem = undefined;
      this.answered = true;
      [this.lost, this.missed] = [undefined, 0];
      searchProblem.tell(search, []);
    } catch (error) {
      if (isAbort(error)) return;
      this.problem = asProblem(error);
      searchProblem.tell(search, this.problem.errors);
    }
    if (!abort.signal.aborted) this.loading = false;
  }

  private async first(params: URLSearchParams, count: number, signal: AbortSignal): Promise<Page> {
    const page = await ask(firstPage(params), signal);
    if (count <= FIRST || page.next === null) return page;
    const rest = await this.ask({ limit: String(Math.min(MOST, count) - FIRST), cursor: page.next }, signal);
    return { ...page, events: [...page.events, ...rest.events], next: rest.next, complete: page.complete && rest.complete };
  }

  private ask(more: Record<string, string>, signal: AbortSignal): Promise<Page> {
    const params = new URLSearchParams(this.asked);
    for (const [name, value] of Object.entries(more)) params.set(name, value);
    return ask(params, signal);
  }

  /** Loads what follows below. */
  async loadMore(): Promise<void> {
    if (this.loadingMore || this.loading || this.next === null) return;
    const { signal } = this.abort;
    const cursor = this.next;
    this.loadingMore = true;
    try {
      const page = await this.ask({ limit: String(MORE), cursor }, signal);
      // Other rows may have taken the place of those that this follows.
      if (this.next !== cursor) return;
      this.rows = [...this.rows, ...page.events];
      this.next = page.next;
      this.more = page.next !== null;
      this.complete &&= page.complete;
      this.moreProblem = undefined;
    } catch (error) {
      if (!isAbort(error) && this.next === cursor) this.moreProblem = asProblem(error);
    } finally {
      this.loadingMore = false;
    }
  }

  /**
   * Looks for what came in: above all, and, as events may come late, among the rows from `seen` on, the first that is
   * in sight. It is held back until it is wanted. Only for newest first.
   */
  async look(seen?: Row): Promise<void> {
    if (this.loading || this.problem || this.held.length >= MOST) return;
    const { signal } = this.abort;
    try {
      const known = new Set([...this.held, ...this.rows].map(({ id }) => id));
      let page = await this.ask({ limit: String(FIRST) }, signal);
      const met = () => page.events.some(({ id }) => known.has(id));
      // More than a page came in: as much of it as is held back at once.
      if (!met() && known.size > 0 && page.next !== null) page = await this.ask({ limit: String(MOST) }, signal);
      if (!met() && page.events.length > 0) {
        // Nothing is known of what lies between these and the old rows, so these take their place.
        this.held = page.events;
        this.instead = { next: page.next };
        [this.lost, this.missed] = [undefined, 0];
        return;
      }
      this.complete &&= page.complete;
      this.hold(page.events);
      const lowest = page.events.at(-1);
      if (seen && lowest && order(lowest, seen) < 0) this.hold((await this.ask({ limit: String(FIRST), to: String(nanos(seen.time) + 1n) }, signal)).events);
      [this.lost, this.missed] = [undefined, 0];
    } catch (error) {
      // The next look may succeed; until then what is shown is not of now.
      if (!isAbort(error) && ++this.missed >= MISSED) this.lost ??= Date.now() - MISSED * LOOK_EVERY;
    }
  }

  private hold(answer: Row[]): void {
    // Known is what is now: another look may have come in between.
    const known = new Set([...this.held, ...this.rows].map(({ id }) => id));
    const found = newcomers(answer, known, this.rows.at(-1), this.more);
    if (found.length > 0) this.held = merged(this.held, found);
  }

  /** Shows what was held back, each row at its place; says whether some of it stands above all others. */
  release(): boolean {
    const [first] = this.rows;
    const above = first === undefined || this.instead !== undefined || this.held.some((row) => order(row, first) < 0);
    if (this.instead) {
      this.rows = this.held;
      this.next = this.instead.next;
      this.more = this.next !== null;
    } else this.rows = merged(this.rows, this.held);
    this.instead = undefined;
    this.held = [];
    return above;
  }

  stop(): void {
    this.abort.abort();
  }
}

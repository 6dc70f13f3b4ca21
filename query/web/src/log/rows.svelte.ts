// The rows of the log: the newest page, what is loaded below it, and what came in above it since.

import { api, asProblem, isAbort, type Page, type Problem, type Row, type Without } from "../lib/api";
import { question } from "../lib/url";
import { searchProblem } from "../search/problem.svelte";

const FIRST = 100;
const MORE = 200;
/** The most rows that come in above at once, and the most that are restored after Back. */
const MOST = 1_000;

export class Rows {
  rows = $state.raw<Row[]>([]);
  /** Rows that came in above and are held back. */
  held = $state.raw<Row[]>([]);
  complete = $state(true);
  why = $state.raw<Without[]>([]);
  problem = $state.raw<Problem | undefined>();
  loading = $state(false);
  loadingMore = $state(false);
  moreProblem = $state.raw<Problem | undefined>();
  /** Whether an answer has come at all. */
  answered = $state(false);
  more = $state(false);
  private next: string | null = null;
  /** What follows after the rows that are held back, where they take the place of all others. */
  private instead: { next: string | null } | undefined;
  private asked = new URLSearchParams();
  private abort = new AbortController();

  /** Asks anew. The old rows stay until the answer is there. `columns` are those beyond every row's. */
  async load(params: URLSearchParams, columns: string[], count = FIRST): Promise<void> {
    this.abort.abort();
    const abort = (this.abort = new AbortController());
    this.asked = question(params, true);
    if (columns.length > 0) this.asked.set("columns", columns.join(","));
    this.loading = true;
    this.moreProblem = undefined;
    const search = params.get("q") ?? "";
    try {
      const page = await this.ask({ limit: String(Math.min(MOST, Math.max(FIRST, count))), why: "1" }, abort.signal);
      this.rows = page.events;
      this.held = [];
      this.next = page.next;
      this.instead = undefined;
      this.more = page.next !== null;
      this.complete = page.complete;
      this.why = page.why ?? [];
      this.problem = undefined;
      this.answered = true;
      searchProblem.tell(search, []);
    } catch (error) {
      if (isAbort(error)) return;
      this.problem = asProblem(error);
      searchProblem.tell(search, this.problem.errors);
    }
    if (!abort.signal.aborted) this.loading = false;
  }

  private ask(more: Record<string, string>, signal: AbortSignal): Promise<Page> {
    const params = new URLSearchParams(this.asked);
    for (const [name, value] of Object.entries(more)) params.set(name, value);
    return api.get<Page>("events", params, signal);
  }

  /** Loads what follows below. */
  async loadMore(): Promise<void> {
    if (this.loadingMore || this.loading || this.next === null) return;
    const { signal } = this.abort;
    this.loadingMore = true;
    try {
      const page = await this.ask({ limit: String(MORE), cursor: this.next }, signal);
      this.rows = [...this.rows, ...page.events];
      this.next = page.next;
      this.more = page.next !== null;
      this.complete &&= page.complete;
      this.moreProblem = undefined;
    } catch (error) {
      if (!isAbort(error)) this.moreProblem = asProblem(error);
    }
    this.loadingMore = false;
  }

  /** Looks for what came in above; it is held back until it is wanted. Only for newest first. */
  async look(): Promise<void> {
    if (this.loading || this.problem || this.held.length >= MOST) return;
    const { signal } = this.abort;
    try {
      const known = new Set([...this.held, ...this.rows.slice(0, MOST)].map(({ id }) => id));
      let page = await this.ask({ limit: String(FIRST) }, signal);
      let met = page.events.findIndex(({ id }) => known.has(id));
      // More than a page came in: as much of it as is held back at once.
      if (met < 0 && known.size > 0 && page.next !== null) {
        page = await this.ask({ limit: String(MOST) }, signal);
        met = page.events.findIndex(({ id }) => known.has(id));
      }
      if (met >= 0) {
        if (met > 0) this.held = [...page.events.slice(0, met), ...this.held];
      } else if (page.events.length > 0) {
        // Nothing is known of what lies between these and the old rows, so these take their place.
        this.held = page.events;
        this.instead = { next: page.next };
      }
    } catch {
      // The next look may succeed; what is shown stays right.
    }
  }

  /** Shows what was held back; returns how many rows came in above. */
  release(): number {
    const count = this.held.length;
    if (this.instead) {
      this.rows = this.held;
      this.next = this.instead.next;
      this.more = this.next !== null;
    } else this.rows = [...this.held, ...this.rows];
    this.instead = undefined;
    this.held = [];
    return count;
  }

  stop(): void {
    this.abort.abort();
  }
}

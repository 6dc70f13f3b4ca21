// The live tail: new events as they arrive. While one reads they are held back and counted.

/** A row as the API gives it. */
export interface TailRow {
  id: string;
  [column: string]: unknown;
}

/** What is told of the tail. */
export interface TailState {
  /** Connected, or trying. */
  on: boolean;
  connected: boolean;
  /** Events that wait until one has read. */
  held: number;
  /** Events that were not sent: too many at once, or lost with the connection. */
  missed: number;
}

/** The most rows that are held back; older ones are counted as missed. */
export const MOST_HELD = 1_000;

/** Rows that arrive in bursts are handed over together, so often a second. */
const HANDED_MS = 250;

/** What the tail needs of the browser, so that it can be tested without one. */
export interface Source {
  addEventListener(type: string, listener: (event: { data: string; lastEventId: string }) => void): void;
  close(): void;
  onerror: ((event: never) => void) | null;
  readonly readyState: number;
}

/** One tail. `deliver` gets rows, newest first, while one does not read; `changed` each new state. */
export class Tail {
  #source: Source | undefined;
  #reading = false;
  #rows: TailRow[] = [];
  #state: TailState = { on: false, connected: false, held: 0, missed: 0 };
  #last = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly connect: (path: string) => Source,
    private readonly deliver: (rows: TailRow[]) => void,
    private readonly changed: (state: TailState) => void,
  ) {}

  /** Begins with these filters (a query string), from now on. */
  start(query: string): void {
    this.stop();
    this.#tell({ on: true, connected: false, held: 0, missed: 0 });
    this.#open(query);
  }

  #open(query: string): void {
    const resume = this.#last === "" ? "" : `${query === "" ? "" : "&"}last_event_id=${encodeURIComponent(this.#last)}`;
    const source = this.connect(`tail?${query}${resume}`);
    this.#source = source;
    source.addEventListener("ready", (event) => { this.#seen(event.lastEventId); this.#tell({ connected: true }); });
    source.addEventListener("event", (event) => { this.#seen(event.lastEventId); this.#take(JSON.parse(event.data) as TailRow); });
    source.addEventListener("missed", (event) => {
      this.#seen(event.lastEventId);
      this.#tell({ missed: this.#state.missed + (JSON.parse(event.data) as { missed: number }).missed });
    });
    // What cannot be read is no row; whoever shows the log sees, by asking it, that a part is missing.
    source.addEventListener("incomplete", (event) => { this.#seen(event.lastEventId); this.deliver([]); });
    // The browser connects again by itself and says where it was; only a refusal is final.
    source.onerror = () => this.#tell(source.readyState === 2 ? { connected: false, on: false } : { connected: false });
  }

  #seen(id: string): void {
    if (id !== "") this.#last = id;
  }

  #take(row: TailRow): void {
    this.#rows.unshift(row);
    if (this.#rows.length > MOST_HELD) {
      const over = this.#rows.length - MOST_HELD;
      this.#rows.length = MOST_HELD;
      this.#state.missed += over;
    }
    if (this.#reading) this.#tell({ held: this.#rows.length });
    else this.#timer ??= setTimeout(() => this.flush(), HANDED_MS);
  }

  /** While one reads, rows are held back; after that they are handed over. */
  reading(now: boolean): void {
    if (now === this.#reading) return;
    this.#reading = now;
    if (!now) this.flush();
  }

  /** Hands over what was held back. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#rows.length === 0) return;
    const rows = this.#rows;
    this.#rows = [];
    this.#tell({ held: 0 });
    this.deliver(rows);
  }

  /** Ends it. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#source?.close();
    this.#source = undefined;
    this.#rows = [];
    this.#last = "";
    this.#tell({ on: false, connected: false, held: 0, missed: 0 });
  }

  #tell(change: Partial<TailState>): void {
    this.#state = { ...this.#state, ...change };
    this.changed(this.#state);
  }
}

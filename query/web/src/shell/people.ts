// One line per person, from the events of a CSV export: who was concerned, since when, how often, and why first.

/** The columns that are asked for. */
export const ASKED = ["person", "time", "status", "object", "element", "reason", "interaction"];

interface Person {
  events: number;
  failures: number;
  first: string;
  last: string;
  /** Of the first failure; of the first event where nothing failed. */
  shown: Record<string, string>;
  failed: boolean;
}

const HEADS = ["person", "events", "failures", "first", "last", "object", "element", "status", "reason", "interaction"];

/** Takes the text of a CSV file piece by piece, and makes one of persons. Events without a person are counted apart. */
export class People {
  private people = new Map<string, Person>();
  private heads: string[] | undefined;
  private cell = "";
  private cells: string[] = [];
  private quoted = false;
  /** A quote that may end the cell, or be the first of two. */
  private quote = false;
  without = 0;

  add(text: string): void {
    for (const char of text) this.take(char);
  }

  private take(char: string): void {
    if (this.quote) {
      this.quote = false;
      if (char === '"') {
        this.cell += char;
        return;
      }
      this.quoted = false;
    }
    if (this.quoted) {
      if (char === '"') this.quote = true;
      else this.cell += char;
    } else if (char === '"') this.quoted = true;
    else if (char === ",") this.endCell();
    else if (char === "\n") this.endLine();
    else if (char !== "\r" && char !== "\uFEFF") this.cell += char;
  }

  private endCell(): void {
    this.cells.push(this.cell);
    this.cell = "";
  }

  private endLine(): void {
    this.endCell();
    const cells = this.cells;
    this.cells = [];
    // In the reader’s zone the head says which: "time (Europe/Zagreb)".
    if (!this.heads) this.heads = cells.map((head) => head.replace(/^time .*/, "time"));
    else this.event(Object.fromEntries(this.heads.map((head, at) => [head, cells[at] ?? ""])));
  }

  private event(row: Record<string, string>): void {
    const { person = "", time = "", status = "" } = row;
    if (person === "") {
      this.without += 1;
      return;
    }
    const failed = status === "failure" || status === "timed_out";
    const known = this.people.get(person);
    if (!known) {
      this.people.set(person, { events: 1, failures: failed ? 1 : 0, first: time, last: time, shown: row, failed });
      return;
    }
    known.events += 1;
    known.failures += failed ? 1 : 0;
    // What is shown is of the earliest, of failures first.
    if ((failed && !known.failed) || (failed === known.failed && time < (known.shown["time"] ?? ""))) [known.shown, known.failed] = [row, failed];
    if (time < known.first) known.first = time;
    if (time > known.last) known.last = time;
  }

  get count(): number {
    return this.people.size;
  }

  /** The file, with the mark by which spreadsheets know its letters. */
  file(): string {
    const lines = [...this.people].sort(([, one], [, other]) => other.failures - one.failures || (one.first < other.first ? -1 : 1)).map(([id, one]) =>
      [id, one.events, one.failures, one.first, one.last, one.shown["object"], one.shown["element"], one.shown["status"], one.shown["reason"], one.shown["interaction"]].map(field).join(","));
    return `\uFEFF${[HEADS.join(","), ...lines].join("\r\n")}\r\n`;
  }
}

/** A cell: in quotes where its text has marks of the form. The server has guarded formulas before. */
function field(value: string | number | undefined): string {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

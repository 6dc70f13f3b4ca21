// Exporting exactly what is filtered, with progress. A stream that breaks off is an error, never a short file that
// looks whole.

import { counted, number } from "../lib/format";
import { askedFor, question } from "../lib/url";
import { ASKED, People } from "./people";

/** The forms of an export. */
export type Format = "csv" | "people" | "ndjson" | "otlp-json";

export const FORMATS: { format: Format; label: string; ending: string }[] = [
  { format: "csv", label: "Spreadsheet", ending: "csv" },
  { format: "people", label: "People", ending: "csv" },
  { format: "ndjson", label: "JSON lines", ending: "ndjson" },
  { format: "otlp-json", label: "OpenTelemetry", ending: "jsonl" },
];

/** How far an export is. */
export interface Progress {
  events: number;
  bytes: number;
}

const NEWLINE = 10;
const QUOTE = 34;

/** Counts the events in an export's bytes: lines, and of CSV those that end outside of quotes, the head apart. */
export function counter(format: Format): (chunk: Uint8Array) => number {
  let lines = 0;
  let quoted = false;
  const ofLines = format === "csv" || format === "people";
  return (chunk) => {
    for (const byte of chunk) {
      if (ofLines && byte === QUOTE) quoted = !quoted;
      else if (byte === NEWLINE && !quoted) lines += 1;
    }
    return ofLines ? Math.max(0, lines - 1) : lines;
  };
}

/** The file's name: the server's, else one of our own. */
export function fileName(disposition: string | null, format: Format): string {
  const named = /filename="([^"\\/]+)"/.exec(disposition ?? "")?.[1];
  const ending = FORMATS.find((one) => one.format === format)?.ending ?? format;
  return format === "people" ? (named ?? "steplog-events.csv").replace("events", "people") : (named ?? `steplog-events.${ending}`);
}

/** What was read: the file, and what it has, in words. */
interface Read {
  blob: Blob;
  what: string;
}

/** Reads a stream to its end and tells how far it is. Fails if it breaks off. */
export async function read(body: ReadableStream<Uint8Array>, format: Format, told: (progress: Progress) => void): Promise<Read> {
  const count = counter(format);
  const parts: BlobPart[] = [];
  const people = format === "people" ? new People() : undefined;
  const text = new TextDecoder();
  let [bytes, events] = [0, 0];
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (people) people.add(text.decode(value, { stream: true }));
    else parts.push(value as Uint8Array<ArrayBuffer>);
    bytes += value.length;
    events = count(value);
    told({ events, bytes });
  }
  return people ? { blob: new Blob([people.file()]), what: peopleWords(people) } : { blob: new Blob(parts), what: `${counted(events, "event")} saved.` };
}

const peopleWords = ({ count, without }: People): string =>
  `${count === 1 ? "1 person" : `${number(count)} people`} saved.${without > 0 ? ` ${counted(without, "event")} of nobody left out.` : ""}`;

/** Gives the browser a file to save. */
export function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the file over when the click is done; the address may go a little later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** What is always told of an event in a file, beside the columns of the table: where it was, and why it failed. */
const ALWAYS = ["element", "reason"];

/** What the server is asked for a file: of a spreadsheet, times by the reader's clock, and the mark by which it knows its letters. */
export function fileQuery(search: string, format: Format, columns: readonly string[], zone: string): URLSearchParams {
  const wanted = format === "csv" ? [...columns, ...ALWAYS.filter((name) => !columns.includes(name))] : format === "people" ? ASKED : [];
  const query = apiQuery(search, wanted);
  query.set("format", format === "people" ? "csv" : format);
  if (format === "csv" || format === "people") query.set("tz", zone);
  if (format === "csv") query.set("bom", "1");
  return query;
}

/** The filters and the order of a page's query string, for the API, with the columns of a table. */
export function apiQuery(search: string, columns: readonly string[] = []): URLSearchParams {
  const query = question(new URLSearchParams(search), true);
  if (columns.length > 0) query.set("columns", askedFor(columns));
  return query;
}

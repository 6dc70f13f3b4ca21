// Exporting exactly what is filtered, with progress. A stream that breaks off is an error, never a short file that
// looks whole.

import { askedFor, question } from "../lib/url";

/** The forms of an export. */
export type Format = "csv" | "ndjson" | "otlp-json";

export const FORMATS: { format: Format; label: string; ending: string }[] = [
  { format: "csv", label: "Spreadsheet (CSV)", ending: "csv" },
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
  return (chunk) => {
    for (const byte of chunk) {
      if (format === "csv" && byte === QUOTE) quoted = !quoted;
      else if (byte === NEWLINE && !quoted) lines += 1;
    }
    return format === "csv" ? Math.max(0, lines - 1) : lines;
  };
}

/** The file's name: the server's, else one of our own. */
export function fileName(disposition: string | null, format: Format): string {
  const named = /filename="([^"\\/]+)"/.exec(disposition ?? "")?.[1];
  const ending = FORMATS.find((one) => one.format === format)?.ending ?? format;
  return named ?? `steplog-events.${ending}`;
}

/** Reads a stream to its end and tells how far it is. Fails if it breaks off. */
export async function read(body: ReadableStream<Uint8Array>, format: Format, told: (progress: Progress) => void): Promise<Blob> {
  const count = counter(format);
  const parts: BlobPart[] = [];
  let bytes = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value as Uint8Array<ArrayBuffer>);
    bytes += value.length;
    told({ events: count(value), bytes });
  }
  return new Blob(parts);
}

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

/** The filters and the order of a page's query string, for the API, with the columns of a table. */
export function apiQuery(search: string, columns: readonly string[] = []): URLSearchParams {
  const query = question(new URLSearchParams(search), true);
  if (columns.length > 0) query.set("columns", askedFor(columns));
  return query;
}

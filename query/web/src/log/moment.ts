// A moment that somebody looks for by its text, as rows and records have it.

const STAMP = /^"?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))"?$/;
/** Nanoseconds since 1970, as OTLP has them, of the years from 2001 on. */
const NANOS = /^"?(\d{13})\d{6}"?$/;

/** When a search is a moment and nothing else: the second that it is in, in milliseconds since 1970. */
export function pastMoment(search: string): number | undefined {
  const text = search.trim();
  const at = Date.parse(STAMP.exec(text)?.[1]?.replace(/(\.\d{3})\d+/, "$1") ?? "") || Number(NANOS.exec(text)?.[1] ?? NaN);
  return Number.isNaN(at) ? undefined : at - (((at % 1_000) + 1_000) % 1_000);
}

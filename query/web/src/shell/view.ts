// A saved view as the server keeps it: the page's query string, and before it the page's path where that is not the log.

/** What one looks at just now, and the reader's zone, are no part of a view. */
const PASSING = ["sel", "live", "tz"];

/** A place of the page as a view. */
export function viewOf(path: string, params: URLSearchParams): string {
  const kept = new URLSearchParams(params);
  for (const name of PASSING) kept.delete(name);
  const query = String(kept);
  return path === "/" ? query : path + (query === "" ? "" : `?${query}`);
}

/** The place that a view is of. */
export function readView(view: string): { path: string; params: URLSearchParams } {
  const [path, query] = view.startsWith("/") ? [/^[^?]*/.exec(view)![0], view.replace(/^[^?]*\??/, "")] : ["/", view];
  return { path, params: new URLSearchParams(query) };
}

/** Whether two views are of the same place, whatever the order of their parameters. */
export function sameView(one: string, other: string): boolean {
  const [first, second] = [readView(one), readView(other)];
  first.params.sort();
  second.params.sort();
  return first.path === second.path && String(first.params) === String(second.params);
}

// The address of the page: the parameters of the API, and a few of the page's own.

/** Parameters that only the page has. */
const PAGE_ONLY = ["cols", "sel", "tz", "live", "find", "only"];
/** Parameters of one answer: no part of what is shown. */
const OF_AN_ANSWER = ["limit", "cursor", "columns", "why", "buckets", "prefix"];
/** Parameters with one value that are no filters. */
const SINGLE = ["q", "from", "to", "sort", "compare_a", "compare_b", ...PAGE_ONLY];

/** One value of a filter. */
export interface FilterValue {
  column: string;
  value: string;
  excluded: boolean;
  /** Any value will do, or, where it is excluded, none may be there. */
  any?: boolean;
  /** The value, a star and what is behind it, stands for all that end so. */
  ends?: boolean;
}

/** Columns whose values are asked for by their ends: `*0041`. */
export const BY_END = new Set(["person", "interaction", "conversation"]);
/** How many characters such an end has. */
export const FEWEST_OF_END = 4;
export const MOST_OF_END = 24;

/** Parameters without empty values and without those that are no part of what is shown. */
export function clean(params: URLSearchParams): URLSearchParams {
  const copy = new URLSearchParams();
  for (const [name, value] of params) {
    // An attribute may be asked for that is empty; a column never is.
    if ((value !== "" || name.startsWith("attr.")) && !OF_AN_ANSWER.includes(name)) copy.append(name, value);
  }
  return copy;
}

/** What the API is asked with. */
export function question(params: URLSearchParams, sorted = false): URLSearchParams {
  const copy = clean(params);
  for (const name of PAGE_ONLY) copy.delete(name);
  copy.delete("compare_a");
  copy.delete("compare_b");
  if (!sorted) copy.delete("sort");
  return copy;
}

/** A value as it is written: a backslash keeps a leading mark. */
export function written(value: string, excluded = false): string {
  return (excluded ? "!" : "") + (/^[!\\*]/.test(value) ? `\\${value}` : value);
}

/** The value of a written text, and whether it is excluded. A star alone is any value; before the end of an id all that end so. */
export function readValue(text: string, column = ""): Omit<FilterValue, "column"> {
  if (text === "*" || text === "!*") return { value: "*", excluded: text !== "*", any: true };
  const excluded = text.startsWith("!");
  const rest = excluded ? text.slice(1) : text;
  if (rest.startsWith("*") && BY_END.has(column)) return { value: rest, excluded, ends: true };
  return { value: /^\\[!\\*]/.test(rest) ? rest.slice(1) : rest, excluded };
}

/** The filters that are set. */
export function filters(params: URLSearchParams): FilterValue[] {
  return [...clean(params)].filter(([name]) => !SINGLE.includes(name)).map(([column, text]) => ({ column, ...readValue(text, column) }));
}

/** The values of one filter. */
export const filterOf = (params: URLSearchParams, column: string): FilterValue[] =>
  filters(params).filter((one) => one.column === column);

/** A copy with a parameter set; removed for an empty value. */
export function withParam(params: URLSearchParams, name: string, value: string): URLSearchParams {
  const copy = new URLSearchParams(params);
  copy.delete(name);
  if (value !== "") copy.append(name, value);
  return copy;
}

/** A copy with the values of one filter. */
export function withFilter(params: URLSearchParams, column: string, values: Omit<FilterValue, "column">[]): URLSearchParams {
  const copy = new URLSearchParams(params);
  copy.delete(column);
  for (const { value, excluded, any, ends } of values) copy.append(column, any || ends ? (excluded ? `!${value}` : value) : written(value, excluded));
  return copy;
}

/** A copy in which a value is wanted or excluded, whatever was said of it before. */
export function withValue(params: URLSearchParams, column: string, value: string, excluded: boolean): URLSearchParams {
  const others = filterOf(params, column).filter((one) => one.any || one.ends || one.value !== value);
  return withFilter(params, column, [...others, { value, excluded }]);
}

/** A copy without any filter, search or period. */
export function withoutFilters(params: URLSearchParams): URLSearchParams {
  const copy = new URLSearchParams();
  for (const name of ["sort", ...PAGE_ONLY]) {
    const value = params.get(name);
    if (value !== null && name !== "sel") copy.append(name, value);
  }
  return copy;
}

/** How one page looks, with what is filtered on another. */
export function filtered(look: URLSearchParams, params: URLSearchParams): URLSearchParams {
  const copy = question(params);
  const sameObject = String(look.getAll("object")) === String(params.getAll("object"));
  for (const name of ["sort", "cols", ...(sameObject ? ["compare_a", "compare_b"] : [])]) {
    const value = look.get(name);
    if (value !== null) copy.set(name, value);
  }
  return copy;
}

/** A column that is shown, and its width where it was set. */
export interface ShownColumn {
  name: string;
  width?: number;
}

/** The columns of the log where none are chosen, in their order; Details is always last. */
export const DEFAULT_COLUMNS = ["event", "status", "occurred_in", "object", "version", "performed_by", "person", "interaction", "conversation", "time"];

const NARROWEST = 60;
const WIDEST = 900;

/** A name in a list: a backslash keeps what would part it, be its width, or be taken for a space around it. */
const listed = (name: string): string => name.replace(/[\\,:]/g, "\\$&").replace(/^\s|\s$/g, "\\$&");

/** The parts of a list, each as it is written. */
function parts(list: string): string[] {
  return list.match(/(?:\\[^]|[^,\\]|\\$)+/g) ?? [];
}

/** The columns of `cols`: `event,status:120,attr.geo.country`. */
export function readColumns(text: string | null): ShownColumn[] {
  const columns: ShownColumn[] = [];
  for (const part of parts(text ?? "")) {
    // What a backslash stands before is text, at the end as well.
    const read = /^\s*((?:\\[^]|[^\\])*?(?:\\[^])?)\s*(?::(\d+))?\s*$/.exec(part);
    const name = (read?.[1] ?? "").replace(/\\([^])/g, "$1");
    if (name === "" || columns.some((column) => column.name === name)) continue;
    const width = read![2] === undefined ? undefined : Math.min(WIDEST, Math.max(NARROWEST, Number(read![2])));
    columns.push(width === undefined ? { name } : { name, width });
  }
  return columns.length > 0 ? columns : DEFAULT_COLUMNS.map((name) => ({ name }));
}

/** The same as a parameter; empty where they are the `usual` ones. */
export function writeColumns(columns: readonly ShownColumn[], usual: readonly string[] = DEFAULT_COLUMNS): string {
  const plain = columns.every(({ width }) => width === undefined) && columns.map(({ name }) => name).join() === usual.join();
  return plain ? "" : columns.map(({ name, width }) => (width === undefined ? listed(name) : `${listed(name)}:${width}`)).join(",");
}

/** Columns as the API is asked for them. */
export const askedFor = (names: readonly string[]): string => names.map((name) => name.replace(/[\\,]/g, "\\$&").replace(/^\s|\s$/g, "\\$&")).join(",");

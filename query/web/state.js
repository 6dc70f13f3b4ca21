// What is shown, kept in the address: the parameters of the API, and behind # the id of the open event.

/** Columns with a value list, in the order of the filters. */
export const LISTS = ["event", "status", "occurred_in", "object", "version", "element"];

const SINGLE = ["q", "from", "to", "sort"];

/** The state of the address. Parameters of pages (limit, cursor) are not part of it. */
export function read() {
  const all = new URLSearchParams(location.search);
  const params = new URLSearchParams();
  for (const [name, value] of all) {
    if (value !== "" && !["limit", "cursor", "columns", "why"].includes(name)) params.append(name, value);
  }
  return { params, selected: decodeURIComponent(location.hash.slice(1)) };
}

/** Writes the address; a step of its own in the history unless `replace`. */
export function write({ params, selected }, replace = false) {
  const query = String(params);
  const address = (query ? `/?${query}` : "/") + (selected ? `#${encodeURIComponent(selected)}` : "");
  history[replace ? "replaceState" : "pushState"](null, "", address);
}

/** A copy of the parameters with one of them set, or removed for an empty value. */
export function withValue(params, name, value) {
  const copy = new URLSearchParams(params);
  copy.delete(name);
  if (value) copy.append(name, value);
  return copy;
}

/** A copy with one more value of a filter. */
export function withMore(params, name, value) {
  const copy = new URLSearchParams(params);
  if (!copy.getAll(name).includes(value)) copy.append(name, value);
  return copy;
}

/** A copy without one value of a filter. */
export function without(params, name, value) {
  const copy = new URLSearchParams();
  for (const [key, held] of params) if (key !== name || held !== value) copy.append(key, held);
  return copy;
}

/** The filters: name, value and whether it is excluded. */
export function filters(params) {
  return [...params]
    .filter(([name]) => !SINGLE.includes(name))
    .map(([name, written]) => {
      const excluded = written.startsWith("!");
      return { name, written, excluded, value: unescape(excluded ? written.slice(1) : written) };
    });
}

/** A value as the API reads it: a backslash keeps a leading mark. */
export const escape = (value) => (/^[!\\]/.test(value) ? `\\${value}` : value);
const unescape = (text) => (/^\\[!\\]/.test(text) ? text.slice(1) : text);

// The log record of an event as a tree that is made as it is opened: a node makes its children when it is asked
// for them, so that a large record costs only what is looked at.

import { literal, quoted } from "../search/literal";
import { places, type Span } from "./highlight";

/** A value of OTLP/JSON. */
export interface AnyValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string;
  doubleValue?: number | string;
  bytesValue?: string;
  arrayValue?: { values?: AnyValue[] };
  kvlistValue?: { values?: KeyValue[] };
}

/** An attribute, or a member of a list of keys and values. */
interface KeyValue {
  key: string;
  value?: AnyValue;
}

interface Holder {
  attributes?: KeyValue[];
  [field: string]: unknown;
}

/** Resource, scope and log record, as the API gives them. */
export interface LogRecord {
  resource?: Holder;
  scope?: Holder;
  logRecord?: Holder & { body?: AnyValue };
}

/** What a node holds. */
type Kind = "text" | "number" | "truth" | "bytes" | "empty" | "list" | "map";

/** A value of the record. */
export interface Node {
  /** Name in its parent, or place in a list. */
  key: string;
  /** Unique in the tree. */
  path: string;
  /** 0 for the record's parts. */
  depth: number;
  kind: Kind;
  /** The whole value as text; empty for lists and maps. */
  text: string;
  /** How many children there are. */
  count: number;
  /** Key of the attribute, where the value can be filtered by as `attr.KEY`: that of a list for its values, dotted below a map. */
  attribute?: string;
  children: () => Node[];
}

/** A value longer than this is shown cut until one asks for all of it. */
export const SHOWN_CHARS = 4_096;

/** The most nodes that a search gives back. */
export const MOST_FOUND = 1_000;

const none: Node[] = [];

/** Attributes that say what the columns say already, by how they begin. */
const OF_COLUMNS = "steplog.";

/** The parts of a record: what was sent with this event, its body and its own attributes, and then what the columns have, the record's other fields, resource, scope. */
export function payload(record: LogRecord): Node[] {
  const { body, attributes = [], ...fields } = record.logRecord ?? {};
  const { attributes: ofResource = [], ...resource } = record.resource ?? {};
  const { attributes: ofScope = [], ...scope } = record.scope ?? {};
  const parts: Node[] = [];
  if (body !== undefined) parts.push(valueNode("body", "body", 0, body));
  const [own, shownAbove] = [false, true].map((above) => attributes.filter(({ key }) => key.startsWith(OF_COLUMNS) === above)) as [KeyValue[], KeyValue[]];
  parts.push(branch("attributes", "attributes", 0, "map", own.length, () => entries(own, "attributes", 1, "")));
  parts.push(branch("already shown above", "columns", 0, "map", shownAbove.length, () => entries(shownAbove, "columns", 1, "")));
  parts.push(mixed("record", plainFields(fields), []));
  parts.push(mixed("resource", plainFields(resource), ofResource));
  parts.push(mixed("scope", plainFields(scope), ofScope));
  return parts.filter((part) => part.count > 0 || part.kind !== "map");
}

function plainFields(fields: Record<string, unknown>): [string, unknown][] {
  return Object.entries(fields).filter(([, value]) => value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0));
}

function mixed(key: string, fields: [string, unknown][], attributes: KeyValue[]): Node {
  const make = () => [
    ...fields.map(([name, value]) => jsonNode(name, `${key}/#${name}`, 1, value)),
    ...entries(attributes, key, 1, ""),
  ];
  return branch(key, key, 0, "map", fields.length + attributes.length, make);
}

/** `of` is the key of the attribute that they lie in; empty for attributes themselves. */
function entries(list: KeyValue[], path: string, depth: number, of?: string): Node[] {
  return list.map(({ key, value }, at) => valueNode(key, `${path}/${at}`, depth, value ?? {}, of === undefined ? undefined : of === "" ? key : `${of}.${key}`));
}

function branch(key: string, path: string, depth: number, kind: Kind, count: number, make: () => Node[]): Node {
  let made: Node[] | undefined;
  return { key, path, depth, kind, text: "", count, children: () => (made ??= make()) };
}

function leaf(key: string, path: string, depth: number, kind: Kind, text: string, attribute?: string): Node {
  return { key, path, depth, kind, text, count: 0, ...(attribute && { attribute }), children: () => none };
}

function valueNode(key: string, path: string, depth: number, value: AnyValue, attribute?: string): Node {
  const scalar = (kind: Kind, text: string) => leaf(key, path, depth, kind, text, attribute);
  const list = value.arrayValue?.values;
  if (value.arrayValue) {
    const make = () => (list ?? []).map((item, at) => valueNode(String(at), `${path}/${at}`, depth + 1, item, attribute));
    return branch(key, path, depth, "list", list?.length ?? 0, make);
  }
  if (value.kvlistValue) {
    const members = value.kvlistValue.values ?? [];
    return branch(key, path, depth, "map", members.length, () => entries(members, path, depth + 1, attribute));
  }
  if (value.stringValue !== undefined) return scalar("text", value.stringValue);
  if (value.intValue !== undefined) return scalar("number", String(value.intValue));
  if (value.doubleValue !== undefined) return scalar("number", String(value.doubleValue));
  if (value.boolValue !== undefined) return scalar("truth", String(value.boolValue));
  if (value.bytesValue !== undefined) return scalar("bytes", value.bytesValue);
  return scalar("empty", "");
}

/** How much of a list or map is searched for where all of it was copied. */
const MOST_PARTS = 60;
const MOST_SEARCH_CHARS = 900;

/** The search that finds the event by a node: its own words, or those of what is in it; a value of resource or scope, whose words are not searched, by its key. */
export function searchFor(node: Node): string {
  const found: string[] = [];
  let chars = 0;
  const visit = (one: Node): void => {
    one.children().forEach(visit);
    if (opens(one) || found.length === MOST_PARTS || (node !== one && !/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(one.text))) return;
    const of = /^(?:resource|scope)\//.test(one.path) && one.attribute !== undefined && one.text.length < MOST_SEARCH_CHARS;
    const search = of ? `attr.${one.attribute!.replace(/[\s()":*\\]/g, "\\$&")}:${quoted(one.text)}` : literal(one.text);
    chars += search.length;
    if (chars <= MOST_SEARCH_CHARS || found.length === 0) found.push(search);
  };
  visit(node);
  return found.join(" ");
}

/** A node of plain JSON, as the record's own fields are. */
function jsonNode(key: string, path: string, depth: number, value: unknown): Node {
  if (value === null || typeof value !== "object") {
    const kind = typeof value === "number" ? "number" : typeof value === "boolean" ? "truth" : "text";
    return leaf(key, path, depth, kind, String(value ?? ""));
  }
  const members = Object.entries(value);
  const make = () => members.map(([name, member]) => jsonNode(name, `${path}/${name}`, depth + 1, member));
  return branch(key, path, depth, Array.isArray(value) ? "list" : "map", members.length, make);
}

/** Whether a node can be opened. */
export const opens = (node: Node) => node.kind === "list" || node.kind === "map";

/** How many children of an open node are shown at once. */
export const CHILDREN_SHOWN = 200;

/** A line of the shown tree: a node, or how many children of it are not shown yet. */
export interface Row {
  node: Node;
  /** Children of `node` that wait behind "show more"; 0 for the node itself. */
  rest: number;
}

/**
 * The lines that are seen, in order, when the nodes of `open` (by path) are open. `limits` has how many children of a
 * node are shown, where it is not `CHILDREN_SHOWN`.
 */
export function visible(parts: readonly Node[], open: ReadonlySet<string>, limits: ReadonlyMap<string, number> = new Map()): Row[] {
  const rows: Row[] = [];
  const stack: Row[] = parts.map((node) => ({ node, rest: 0 })).reverse();
  for (let row = stack.pop(); row !== undefined; row = stack.pop()) {
    rows.push(row);
    const { node, rest } = row;
    if (rest > 0 || !opens(node) || !open.has(node.path)) continue;
    const children = node.children();
    const shown = Math.min(limits.get(node.path) ?? CHILDREN_SHOWN, children.length);
    if (shown < children.length) stack.push({ node, rest: children.length - shown });
    for (let at = shown - 1; at >= 0; at--) stack.push({ node: children[at]!, rest: 0 });
  }
  return rows;
}

/** What a search in a tree found. */
export interface Found {
  /** The nodes with a hit and, before each, those that it lies in; in the tree's order. */
  rows: Node[];
  /** How many nodes have a hit; not more than `MOST_FOUND`. */
  hits: number;
  /** There are more hits than were looked for. */
  more: boolean;
}

/** The nodes whose name or value has the needle, whatever its case. */
export function find(parts: readonly Node[], needle: string): Found {
  const found: Found = { rows: [], hits: 0, more: false };
  if (needle === "") return found;
  const above: Node[] = [];
  // How many of those above are written already.
  let written = 0;
  const visit = (node: Node): void => {
    if (found.more) return;
    above.push(node);
    if (places(node.key, needle).length > 0 || places(node.text, needle).length > 0) {
      found.more = found.hits === MOST_FOUND;
      if (!found.more) {
        found.rows.push(...above.slice(written));
        written = above.length;
        found.hits += 1;
      }
    }
    node.children().forEach(visit);
    above.pop();
    written = Math.min(written, above.length);
  };
  parts.forEach(visit);
  return found;
}

/** A value as it is shown: cut unless `whole`, in which case nothing is left out. */
export function shown(text: string, whole: boolean, hits: readonly Span[] = []): { text: string; cut: number } {
  if (whole || text.length <= SHOWN_CHARS) return { text, cut: 0 };
  // A hit behind the cut is brought into sight by cutting behind it.
  const first = hits[0]?.[1] ?? 0;
  const end = first > SHOWN_CHARS ? Math.min(first + SHOWN_CHARS, text.length) : SHOWN_CHARS;
  return { text: text.slice(0, end), cut: text.length - end };
}

/** A record as plain JSON: keys and their values, as people read it. */
export function readable({ resource, scope, logRecord }: LogRecord): unknown {
  const { body, attributes, ...fields } = logRecord ?? {};
  const holder = ({ attributes: own = [], ...rest }: Holder) => ({ ...Object.fromEntries(plainFields(rest)), ...members(entries(own, "", 1)) });
  return {
    ...(body === undefined ? {} : { body: plainJson(valueNode("body", "", 0, body)) }),
    ...(attributes?.length ? { attributes: members(entries(attributes, "", 1)) } : {}),
    ...Object.fromEntries(plainFields(fields)),
    ...(resource ? { resource: holder(resource) } : {}),
    ...(scope ? { scope: holder(scope) } : {}),
  };
}

/** The values by their keys; those of one key are a list. */
function members(children: Node[]): Record<string, unknown> {
  const found = new Map<string, unknown[]>();
  for (const child of children) found.set(child.key, [...(found.get(child.key) ?? []), plainJson(child)]);
  return Object.fromEntries([...found].map(([key, values]) => [key, values.length === 1 ? values[0] : values]));
}

/** A node as plain JSON, for copying. */
export function plainJson(node: Node): unknown {
  switch (node.kind) {
    case "map": return members(node.children());
    case "list": return node.children().map(plainJson);
    // What JSON cannot say, or would round, stays a text.
    case "number": return String(Number(node.text)) === node.text && Number.isFinite(Number(node.text)) ? Number(node.text) : node.text;
    case "truth": return node.text === "true";
    case "empty": return null;
    default: return node.text;
  }
}

// What the page knows of the columns, in one table; every list of columns is read from it. Names and labels are the
// server's (a test compares them).

/** What can be done with a column's values. */
type Kind =
  /** Few values, which can be listed and counted. */
  | "list"
  /** An identifier that people have: its end tells it from others. */
  | "id"
  /** An identifier that machines have. */
  | "mark"
  /** Anything else. */
  | "plain";

/** Where a column stands in the details: with those of the log, after them, among what only machines want, or beside another. */
type Place = "log" | "after" | "machine" | "beside" | "none";

interface Column {
  label: string;
  kind: Kind;
  place: Place;
  /** It comes with each row, asked for or not. */
  inRows?: boolean;
  /** It is offered as a further column of the log. */
  offered?: boolean;
}

const COLUMNS = {
  event: { label: "Event name", kind: "list", place: "log", inRows: true },
  status: { label: "Status", kind: "list", place: "log", inRows: true },
  occurred_in: { label: "Occurred in", kind: "list", place: "log", inRows: true },
  object: { label: "Object name", kind: "list", place: "log", inRows: true },
  version: { label: "Version ID", kind: "list", place: "log", inRows: true },
  element: { label: "Element", kind: "list", place: "log", inRows: true, offered: true },
  performed_by: { label: "Performed by", kind: "list", place: "log", inRows: true },
  person: { label: "Person ID", kind: "id", place: "log", inRows: true },
  interaction: { label: "Interaction ID", kind: "id", place: "log", inRows: true },
  conversation: { label: "Conversation ID", kind: "id", place: "log", inRows: true },
  channel: { label: "Channel", kind: "list", place: "after", offered: true },
  duration: { label: "Duration", kind: "plain", place: "none", inRows: true, offered: true },
  service: { label: "Service", kind: "list", place: "after", offered: true },
  severity: { label: "Severity", kind: "plain", place: "machine", offered: true },
  reason: { label: "Reason", kind: "plain", place: "beside", inRows: true, offered: true },
  object_id: { label: "Object ID", kind: "mark", place: "machine", offered: true },
  element_id: { label: "Element ID", kind: "mark", place: "machine", offered: true },
  trace_id: { label: "Trace ID", kind: "id", place: "machine", offered: true },
  span_id: { label: "Span ID", kind: "mark", place: "machine", offered: true },
  parent: { label: "Parent", kind: "mark", place: "machine", offered: true },
  sequence: { label: "Sequence", kind: "plain", place: "machine" },
  status_raw: { label: "Status as sent", kind: "plain", place: "machine" },
  occurred_in_raw: { label: "Context as sent", kind: "plain", place: "machine" },
  element_type: { label: "Element type", kind: "plain", place: "beside", offered: true },
  performed_by_type: { label: "Performed by type", kind: "plain", place: "beside", offered: true },
  time: { label: "Timestamp", kind: "plain", place: "none", inRows: true },
  received: { label: "Received", kind: "plain", place: "none", inRows: true, offered: true },
  id: { label: "Event ID", kind: "mark", place: "none", inRows: true },
} satisfies Record<string, Column>;

/** The name of a column. */
export type ColumnName = keyof typeof COLUMNS;

const all = Object.entries(COLUMNS) as [string, Column][];
const named = (which: (column: Column) => boolean): string[] => all.filter(([, column]) => which(column)).map(([name]) => name);

/** What a column is called. */
export const labelOf = (name: string): string | undefined => (Object.hasOwn(COLUMNS, name) ? COLUMNS[name as ColumnName].label : undefined);

/** Columns that hold identifiers: their ends tell them apart. */
export const ID_COLUMNS: ReadonlySet<string> = new Set(named(({ kind }) => kind === "id" || kind === "mark"));
/** Whether the log can be filtered by a column, or by an attribute. Times are asked for as a period. */
export const isFilter = (name: string): boolean => name.startsWith("attr.") || (Object.hasOwn(COLUMNS, name) && COLUMNS[name as ColumnName].place !== "none");
/** Columns that a search is offered: `column:value`. */
export const SEARCH_COLUMNS = named(({ kind }) => kind === "list" || kind === "id");
/** Columns whose values can be listed. */
export const LIST_COLUMNS: ReadonlySet<string> = new Set(named(({ kind }) => kind === "list"));
/** What is told of each row without being asked. */
export const IN_EVERY_ROW: ReadonlySet<string> = new Set(named(({ inRows }) => inRows === true));
/** Further columns that the log offers. */
export const OFFERED_COLUMNS = named(({ offered }) => offered === true);
/** The columns of a place in the details, in order. */
export const columnsAt = (place: Place): string[] => named((column) => column.place === place);

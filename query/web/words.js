// What people read: labels, numbers, times.

import { svg, el } from "./dom.js";

export const LABELS = {
  event: "Event name", status: "Status", occurred_in: "Occurred in", object: "Object name", version: "Version ID",
  element: "Element", performed_by: "Performed by", person: "Person ID", interaction: "Interaction ID",
  conversation: "Conversation ID", channel: "Channel", service: "Service", trace_id: "Trace ID", span_id: "Span ID",
  parent: "Parent", object_id: "Object ID", element_id: "Element ID", element_type: "Element type",
  performed_by_type: "Performed by type", severity: "Severity", reason: "Reason", status_raw: "Status as sent",
  occurred_in_raw: "Context as sent", sequence: "Sequence",
};

const VALUES = {
  status: {
    success: "Success", failure: "Failure", in_progress: "In progress", skipped: "Skipped",
    cancelled: "Cancelled", timed_out: "Timed out", unknown: "Unknown", "": "No status",
  },
  occurred_in: { journey: "Journey", chatbot: "Chatbot", ai_agent: "AI agent", conversation: "Conversation", message: "Message" },
};

const names = new Map();

/** Takes the labels of the catalogue. */
export function learn(catalog) {
  for (const known of catalog.events) names.set(known.name, known);
}

/** What people read for a column's value. */
export function label(column, value) {
  if (column === "event") return names.get(value)?.label ?? value;
  return VALUES[column]?.[value] ?? value;
}

/** The sentence that explains an event name, if it is known. */
export const describe = (name) => names.get(name)?.description;

const grouped = new Intl.NumberFormat("en");
export const number = (count) => grouped.format(count);

/** Date and time of an RFC 3339 text, in UTC, to the millisecond. */
export function moment(text) {
  const date = new Date(text.slice(0, 23) + "Z");
  const day = date.toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  const year = date.getUTCFullYear();
  return { day: year === new Date().getUTCFullYear() ? day : `${day} ${year}`, time: text.slice(11, 23) };
}

/** Nanoseconds in two units at most. */
export function duration(nanos) {
  const ms = nanos / 1e6;
  if (ms < 1) return `${number(Math.round(nanos / 1e3))} µs`;
  if (ms < 1e3) return `${Math.round(ms)} ms`;
  if (ms < 6e4) return `${(ms / 1e3).toFixed(2)} s`;
  const units = [["d", 864e5], ["h", 36e5], ["min", 6e4], ["s", 1e3]];
  const first = units.findIndex(([, length]) => ms >= length);
  const whole = Math.floor(ms / units[first][1]);
  const rest = units[first + 1] && Math.floor((ms % units[first][1]) / units[first + 1][1]);
  return `${whole} ${units[first][0]}` + (rest ? ` ${rest} ${units[first + 1][0]}` : "");
}

/** A long identifier by its ends. */
export const shortId = (id) => (id.length > 12 ? `${id.slice(0, 4)}…${id.slice(-4)}` : id);

const SHAPES = {
  success: "M5 8.3l2.1 2.1L11 6", failure: "M5.6 5.6l4.8 4.8m0-4.8l-4.8 4.8", timed_out: "M8 4.6V8l2.4 1.6",
  skipped: "M6 5.4L9.4 8 6 10.6zM10.6 5.4v5.2", cancelled: "M3.6 12.4l8.8-8.8", in_progress: "M8 8h.01",
};

/** A status: shape, word and colour together. */
export function status(value) {
  const known = VALUES.status[value] !== undefined ? value : "unknown";
  const shape = SHAPES[known] ?? "M8 10.8v.1M8 8.4c0-1.4 1.6-1.4 1.6-2.7 0-1.6-3-1.7-3.2 0";
  const icon = svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("circle", { cx: 8, cy: 8, r: 6.2, class: known === "in_progress" ? "dashed" : null }), svg("path", { d: shape }));
  return el("span", { class: `status ${known || "unknown"}` }, icon, label("status", value));
}

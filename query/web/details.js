// The panel with everything about one event.

import { el } from "./dom.js";
import { LABELS, describe, duration, label, moment, status } from "./words.js";

const HIDDEN = ["id", "seq", "time", "received", "time_source", "duration_nanos", "derived", "flags", "record", "links"];

/** The panel's content. `act` has close, filterFor, filterOut and interaction. */
export function details(event, act) {
  const { day, time } = moment(event.time);
  const name = label("event", event.event ?? "Event without a name");
  return [
    el("header", { class: "panel-head" },
      event.status === undefined ? el("span", {}, "No status") : status(event.status),
      el("time", { datetime: event.time }, `${day}, ${time} UTC`),
      el("button", { type: "button", class: "quiet-button", "aria-label": "Close", title: "Close (Esc)", on: { click: act.close } }, "✕")),
    el("h2", {}, name, event.object ? el("span", {}, ` in ${event.object}`) : null),
    describe(event.event) ? el("p", { class: "hint" }, describe(event.event)) : null,
    event.reason ? el("p", { class: "reason" }, event.reason) : null,
    event.interaction
      ? el("button", { type: "button", class: "button primary", on: { click: () => act.interaction(event.interaction) } }, "Show the whole interaction")
      : null,
    el("h3", {}, "Columns"),
    el("dl", { class: "fields" }, fields(event).map((field) => line(field, act))),
    el("h3", {}, "Payload"),
    tree(event.record),
    el("details", { class: "raw" }, el("summary", {}, "Raw JSON"), el("pre", {}, JSON.stringify(event.record, null, 2))),
  ];
}

function fields(event) {
  const columns = Object.keys(event).filter((name) => !HIDDEN.includes(name)).map((name) => ({
    name, title: LABELS[name] ?? name, text: event[name], rule: event.derived[name],
  }));
  const more = [
    { title: "Timestamp", text: event.time, rule: event.time_source === "record" ? null : `time ${event.time_source}` },
    { title: "Received", text: event.received },
    event.duration_nanos === undefined ? null : { title: "Duration", text: duration(event.duration_nanos) },
    event.flags.length ? { title: "Noticed", text: event.flags.join(", ").replaceAll("_", " ") } : null,
    { title: "Event ID", text: event.id },
  ];
  return [...columns, ...more].filter(Boolean);
}

function line({ name, title, text, rule }, act) {
  const shown = name ? label(name, text) : text;
  const button = (words, mark, run) =>
    el("button", { type: "button", title: `${words}: ${title}`, "aria-label": `${words}: ${title}`, on: { click: run } }, mark);
  return el("div", { class: "field" },
    el("dt", {}, title),
    el("dd", {}, el("span", { class: "value" }, shown), shown === text ? null : el("code", {}, ` ${text}`),
      rule ? el("small", { title: rule }, ` from ${rule}`) : null),
    name
      ? el("span", { class: "tools" },
        button("Filter for", "+", () => act.filterFor(name, text)), button("Filter out", "−", () => act.filterOut(name, text)))
      : null);
}

/** Resource, scope and log record as nested lists; typed values by their plain form. */
function tree(record) {
  const entries = (list) => (list ?? []).map(({ key, value }) => [key, value]);
  const { attributes, body, ...plain } = record.logRecord;
  const group = (title, pairs) => (pairs.length ? [el("dt", { class: "group" }, title), el("dd", {}, el("dl", {}, pairs.map(pair)))] : []);
  return el("dl", { class: "tree" },
    body ? pair(["body", body]) : null,
    group("attributes", entries(attributes)),
    group("record", Object.entries(plain).map(([key, value]) => [key, { stringValue: String(value) }])),
    group("resource", entries(record.resource.attributes)),
    group("scope", [...["name", "version"].filter((key) => record.scope[key]).map((key) => [key, { stringValue: record.scope[key] }]),
      ...entries(record.scope.attributes)]));
}

function pair([key, value]) {
  const list = value.kvlistValue?.values.map(({ key, value }) => [key, value])
    ?? value.arrayValue?.values.map((value, at) => [String(at), value]);
  const shown = list ? el("dl", {}, list.map(pair)) : scalar(value);
  return [el("dt", { class: list ? "group" : null }, key), el("dd", {}, shown)];
}

function scalar(value) {
  const [kind, held] = Object.entries(value)[0] ?? ["empty", "(empty)"];
  return el("span", { class: kind }, String(held));
}

// The page: reads the address, asks the API, shows the answers.

import { Problem, ask } from "./api.js";
import { draw, totals } from "./chart.js";
import { details } from "./details.js";
import { byId, el, put } from "./dom.js";
import { LISTS, escape, filters, read, withMore, withValue, without, write } from "./state.js";
import { bones, head, row } from "./table.js";
import { LABELS, label, learn, moment, number, status } from "./words.js";

const PERIODS = [
  ["now-15m", "Last 15 minutes"], ["now-1h", "Last hour"], ["", "Last 24 hours"],
  ["now-7d", "Last 7 days"], ["now-14d", "Last 14 days"], ["0", "All time"],
];

let state = read();
let next = null;
let loading = new AbortController();
let opening = new AbortController();

/** Takes new parameters, as a step that Back undoes. */
function go(params, selected = state.selected) {
  state = { params, selected };
  write(state);
  load();
}

const query = (extra = {}) => {
  const params = new URLSearchParams(state.params);
  for (const [name, value] of Object.entries(extra)) params.set(name, value);
  return params;
};

/** What lists and chart are asked with: the same question without its order. */
const unsorted = (extra) => {
  const params = query(extra);
  params.delete("sort");
  return params;
};

async function load() {
  loading.abort();
  loading = new AbortController();
  const { signal } = loading;
  byId("q").value = state.params.get("q") ?? "";
  const oldestFirst = state.params.get("sort") === "time";
  put(byId("head"), head(oldestFirst, () => go(withValue(state.params, "sort", oldestFirst ? "" : "time"))));
  showFilters(null);
  document.body.classList.add("loading");
  const patience = setTimeout(() => {
    if (!byId("rows").children.length) put(byId("rows"), bones(12));
  }, 150);
  const lists = ask("facets", unsorted({ columns: LISTS.join(","), limit: 100 }), signal);
  const bars = ask("histogram", unsorted({ buckets: 60 }), signal);
  // Each part is shown as it comes; what goes wrong is told once, by the page of events.
  lists.then(({ facets }) => showFilters(facets), () => {});
  bars.then(showChart, () => {});
  try {
    showPage(await ask("events", query({ limit: 50, why: 1 }), signal));
    showProblem(null);
  } catch (error) {
    if (error.name === "AbortError") return;
    showProblem(error);
  } finally {
    clearTimeout(patience);
    if (!signal.aborted) document.body.classList.remove("loading");
  }
  if (!signal.aborted) showDetails();
}

function showPage(page) {
  put(byId("rows"), page.events.map((event) => row(event, state.selected, open)));
  next = page.next;
  byId("more").hidden = !next;
  if (!page.events.length) showEmpty(page.why ?? []);
  else byId("message").hidden = true;
  if (!page.complete) note("A part of the log could not be read: events may be missing here.");
}

async function more() {
  const button = byId("more");
  button.disabled = true;
  try {
    const page = await ask("events", query({ limit: 100, cursor: next }), loading.signal);
    byId("rows").append(...page.events.map((event) => row(event, state.selected, open)));
    next = page.next;
    button.hidden = !next;
  } catch (error) {
    if (error.name !== "AbortError") showProblem(error);
  } finally {
    button.disabled = false;
  }
}

function note(text, ...rest) {
  const message = byId("message");
  put(message, el("p", {}, text), rest);
  message.hidden = false;
}

function showEmpty(why) {
  const set = filters(state.params).length || state.params.get("q") || state.params.get("from");
  const better = why.filter((reason) => reason.events > 0);
  const drop = ({ without: name, events }) => {
    const words = name === "period" ? "in all of time" : name === "q" ? "without the search" : `without ${LABELS[name] ?? name}`;
    const params = name === "period" ? withValue(withValue(state.params, "from", "0"), "to", "") : withValue(state.params, name, "");
    return el("button", { type: "button", class: "button", on: { click: () => go(params) } }, `${number(events)} ${words}`);
  };
  if (better.length) return note("No events here. There are", el("p", { class: "choices" }, better.map(drop)));
  note(set ? "No events here, with any of these filters alone either." : "No events yet. Send some over OTLP, to port 4317 or 4318.");
}

function showProblem(error) {
  const box = byId("q-error");
  const ofSearch = error instanceof Problem ? error.errors.filter((one) => one.parameter === "q") : [];
  box.hidden = !ofSearch.length;
  byId("q").setAttribute("aria-invalid", String(ofSearch.length > 0));
  put(box, ofSearch.map((one) => el("span", {}, `${excerpt(one.position)}${one.problem}; ${one.hint}`)));
  if (!error) return;
  put(byId("rows"));
  put(byId("totals"));
  put(byId("chart"));
  byId("more").hidden = true;
  const others = (error.errors ?? []).filter((one) => one.parameter !== "q");
  const onlySearch = ofSearch.length && !others.length;
  note(onlySearch ? "The search cannot be read" : error.title ?? "The page failed",
    el("p", { class: "hint" }, onlySearch ? "What is wrong with it stands below the search box." : error.errors?.length ? "" : error.message),
    others.map((one) => el("p", {}, `${LABELS[one.parameter] ?? one.parameter}: ${one.problem}; ${one.hint}`)),
    error.retryable ? el("p", { class: "choices" }, el("button", { type: "button", class: "button", on: { click: load } }, "Try again")) : null);
}

/** Where a search went wrong, by the words there. */
function excerpt(position) {
  const text = [...(state.params.get("q") ?? "")].slice(position, position + 16).join("");
  return text ? `At “${text}”: ` : "";
}

function showChart(histogram) {
  const counts = totals(histogram);
  put(byId("totals"), el("strong", {}, `${number(histogram.total)} events`),
    counts.map(([name, count]) => el("button", {
      type: "button", class: "total", disabled: name === "", title: "Filter for it",
      on: { click: () => go(withValue(state.params, "status", escape(name))) },
    }, status(name), ` ${number(count)}`)));
  draw(byId("chart"), histogram, (from, to) => go(withValue(withValue(state.params, "from", from), "to", to)));
}

/** The filters; without lists only what is set, so that nothing jumps while they load. */
function showFilters(facets) {
  const bar = byId("filters");
  const open = document.activeElement?.closest?.("#filters select");
  if (open && facets) return;
  const set = filters(state.params);
  const single = (column) => {
    const values = set.filter((filter) => filter.name === column);
    return values.length === 1 && !values[0].excluded ? values[0].value : null;
  };
  const chips = set.filter((filter) => !LISTS.includes(filter.name) || single(filter.name) === null);
  put(bar, period(), LISTS.map((column) => list(column, facets?.[column], single(column))), chips.map(chip),
    set.length || state.params.get("q") || state.params.get("from")
      ? el("button", { type: "button", class: "quiet-button", on: { click: () => go(new URLSearchParams()) } }, "Clear")
      : null);
}

function period() {
  const [from, to] = ["from", "to"].map((name) => state.params.get(name) ?? "");
  const known = !to && PERIODS.some(([value]) => value === from);
  const words = (text) => (/^\d{4}-/.test(text) ? Object.values(moment(text)).join(" ").slice(0, -4) : text);
  const options = PERIODS.map(([value, text]) => el("option", { value, selected: known && value === from }, text));
  if (!known) options.push(el("option", { value: "set", selected: true }, `${words(from) || "24 hours"} to ${words(to) || "now"}`));
  const change = ({ target }) => go(withValue(withValue(state.params, "to", ""), "from", target.value));
  return el("select", { class: "chip on", "aria-label": "Period", on: { change } }, options);
}

function list(column, facet, chosen) {
  const values = facet?.values ?? [];
  // A chosen value says what it is a value of; the others are read in the open list.
  const option = ({ value, matching }) => (value === chosen
    ? el("option", { value, selected: true }, `${LABELS[column]}: ${label(column, value)}`)
    : el("option", { value }, `${label(column, value)}  ·  ${number(matching)}`));
  const options = values.map(option);
  if (chosen !== null && !values.some(({ value }) => value === chosen)) {
    options.unshift(option({ value: chosen }));
  }
  if (facet?.more) options.push(el("option", { disabled: true }, "… and more; search for them"));
  const change = ({ target }) => go(withValue(state.params, column, escape(target.value)));
  const none = chosen === null ? LABELS[column] : `${LABELS[column]}: any`;
  return el("select", { class: chosen === null ? "chip" : "chip on", "aria-label": LABELS[column], on: { change } },
    el("option", { value: "", selected: chosen === null }, none), options);
}

function chip({ name, written, excluded, value }) {
  const words = `${LABELS[name] ?? name}${excluded ? " not" : ":"} ${label(name, value)}`;
  return el("button", {
    type: "button", class: "chip on", title: `Remove: ${words}`, on: { click: () => go(without(state.params, name, written)) },
  }, el("span", { class: "cut" }, words), " ✕");
}

function open(id) {
  state = { ...state, selected: id };
  write(state);
  showDetails();
}

function close() {
  const { selected } = state;
  open("");
  byId(`e-${selected}`)?.focus();
}

const act = {
  close,
  filterFor: (name, value) => go(withMore(state.params, name, escape(value))),
  filterOut: (name, value) => go(withMore(state.params, name, `!${escape(value)}`)),
  interaction: (id) => go(new URLSearchParams({ interaction: escape(id), from: "0", sort: "time" })),
};

async function showDetails() {
  const panel = byId("panel");
  for (const line of document.querySelectorAll("tr[aria-selected='true']")) line.setAttribute("aria-selected", "false");
  byId(`e-${state.selected}`)?.setAttribute("aria-selected", "true");
  opening.abort();
  opening = new AbortController();
  document.body.classList.toggle("panel-open", Boolean(state.selected));
  panel.hidden = !state.selected;
  if (!state.selected) return put(panel);
  try {
    const event = await ask(`events/${encodeURIComponent(state.selected)}`, null, opening.signal);
    put(panel, details(event, act));
    panel.scrollTop = 0;
  } catch (error) {
    if (error.name === "AbortError") return;
    put(panel, el("header", { class: "panel-head" }, el("strong", {}, error.title ?? "The event cannot be shown"),
      el("button", { type: "button", class: "quiet-button", "aria-label": "Close", on: { click: close } }, "✕")),
    el("p", { class: "hint" }, error.message));
  }
}

function keys(event) {
  if (event.key === "Escape" && state.selected) return close();
  if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    byId("q").select();
  }
  const step = { j: "nextElementSibling", k: "previousElementSibling" }[event.key];
  const from = document.activeElement?.closest?.("tr") ?? byId(`e-${state.selected}`);
  if (step) (from ? from[step] : byId("rows").firstElementChild)?.focus();
}

byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  go(withValue(state.params, "q", byId("q").value.trim()));
});
// The cross of the search box.
byId("q").addEventListener("search", () => {
  if (!byId("q").value && state.params.has("q")) go(withValue(state.params, "q", ""));
});
byId("home").addEventListener("click", (event) => {
  event.preventDefault();
  go(new URLSearchParams(), "");
});
byId("refresh").addEventListener("click", load);
byId("more").addEventListener("click", more);
document.addEventListener("keydown", keys);
addEventListener("popstate", () => {
  state = read();
  load();
});

ask("catalog").then(learn, () => {}).then(load);

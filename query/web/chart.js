// Bars of events over time. Failure stands on the base line so that its height can be compared.

import { el, put, svg } from "./dom.js";
import { label, moment, number } from "./words.js";

const ORDER = ["failure", "timed_out", "in_progress", "skipped", "cancelled", "unknown", "", "success"];
const HEIGHT = 64;

const rank = (status) => (ORDER.includes(status) ? ORDER.indexOf(status) : ORDER.indexOf("unknown"));
const tint = (status) => (ORDER.includes(status) && status ? status : "unknown");

/** Draws a histogram; `choose(from, to)` is called with the bar that was clicked. */
export function draw(place, { buckets, step }, choose) {
  const sums = buckets.map((bucket) => Object.values(bucket.counts).reduce((sum, count) => sum + count, 0));
  const most = Math.max(...sums, 1);
  const bars = buckets.map((bucket, at) => {
    let top = HEIGHT;
    const parts = Object.entries(bucket.counts).sort(([a], [b]) => rank(a) - rank(b));
    const rects = parts.map(([status, count]) => {
      const height = Math.max((count / most) * (HEIGHT - 2), 1.2);
      top -= height;
      return svg("rect", { x: at + 0.08, width: 0.84, y: Math.max(top, 0), height, class: tint(status) });
    });
    const { day, time } = moment(bucket.time);
    const words = [`${day} ${time.slice(0, 8)}`, ...parts.map(([status, count]) => `${label("status", status)} ${number(count)}`)];
    const end = new Date(Date.parse(bucket.time) + Number(step) / 1e6);
    return svg("g", { on: { click: () => choose(bucket.time, end.toISOString()) } },
      svg("title", {}, words.join("\n")), svg("rect", { x: at, width: 1, y: 0, height: HEIGHT, class: "hover" }), rects);
  });
  const view = `0 0 ${Math.max(buckets.length, 1)} ${HEIGHT}`;
  const words = `${number(sums.reduce((a, b) => a + b, 0))} events over time, ${number(most)} in the highest bar`;
  const first = buckets.length ? moment(buckets[0].time) : null;
  const last = buckets.length ? moment(buckets.at(-1).time) : null;
  const scale = first && el("p", { class: "scale" },
    el("span", {}, `${first.day} ${first.time.slice(0, 5)}`), el("span", {}, `${last.day} ${last.time.slice(0, 5)}`));
  put(place, svg("svg", { viewBox: view, preserveAspectRatio: "none", role: "img", "aria-label": words }, bars), scale);
}

/** The counts of all bars by status. */
export function totals({ buckets }) {
  const counts = new Map();
  for (const bucket of buckets) {
    for (const [status, count] of Object.entries(bucket.counts)) counts.set(status, (counts.get(status) ?? 0) + count);
  }
  return [...counts].sort(([a], [b]) => (rank(a) + 1) % ORDER.length - (rank(b) + 1) % ORDER.length);
}

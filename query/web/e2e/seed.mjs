// Events that agree with each other and are the same in every run, but for the clock: a week that ends a minute ago.

import { record } from "./server.mjs";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const KINDS = [
  { event: "journey.api.called", occurred_in: "journey", object: "Abandoned cart", element: "Ask the shop", element_type: "api_call", performed_by: "system" },
  { event: "journey.condition.evaluated", occurred_in: "journey", object: "Abandoned cart", element: "Is a member", element_type: "condition", performed_by: "system" },
  { event: "chatbot.element.executed", occurred_in: "chatbot", object: "Order helper", element: "Choose order", element_type: "menu", performed_by: "system" },
  { event: "journey.message.sent", occurred_in: "journey", object: "Welcome", element: "Greeting", element_type: "message", performed_by: "system", channel: "whatsapp" },
  { event: "acme.loyalty.checked", occurred_in: "journey", object: "Welcome", element: "Loyalty", element_type: "script", performed_by: "agent-7" },
];

/** `count` events evenly over `hours` that end `ago` milliseconds before now, oldest first. */
export function traffic({ count, seed = 1, hours = 20, ago = MINUTE, now = Date.now() }) {
  const next = random(seed);
  const step = (hours * HOUR) / count;
  return Array.from({ length: count }, (_, at) => {
    const kind = KINDS[Math.floor(next() * KINDS.length)];
    const luck = next();
    const status = luck < 0.12 ? "failure" : luck < 0.17 ? "timed_out" : luck < 0.22 ? "skipped" : "success";
    const who = Math.floor(next() * 20);
    return record({
      time: now - ago - (count - 1 - at) * step, ...kind, status,
      reason: status === "failure" ? "HTTP 503" : status === "timed_out" ? "no answer in 30 s" : undefined,
      version: next() < 0.5 ? "7" : "8", duration: 5 + Math.round(next() * 900),
      person: `person-${String(who).padStart(4, "0")}-of-the-seed`, interaction: `interaction-${String(at % 40).padStart(4, "0")}-of-the-seed`,
      conversation: at % 3 === 0 ? `conversation-${String(who).padStart(4, "0")}` : undefined,
      more: { "geo.country": ["HR", "DE", "BR"][at % 3], "order.number": at },
    });
  });
}

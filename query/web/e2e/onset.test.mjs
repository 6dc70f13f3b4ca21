// Where interactions failed first, how many did, and since when.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NARROW, PHONE } from "./browser.mjs";
import { HOUR, MINUTE } from "./seed.mjs";
import { record } from "./server.mjs";
import { asked, params, settled, until, world } from "./suite.mjs";

const now = Date.now();
/** How long ago the carrier began to fail. */
const BEGAN = 2 * HOUR;

/** A run of a journey each two minutes. Where the carrier fails, the exit fails with it; each second wait runs out. */
function runs() {
  return Array.from({ length: 600 }, (_, at) => {
    const time = now - 20 * HOUR + at * 2 * MINUTE;
    const bad = (time > now - BEGAN && at % 2 === 0) || at % 150 === 1;
    const one = (more, seconds) => record({
      time: time + seconds * 1_000, occurred_in: "journey", object: "Parcel delay", version: at % 3 === 0 ? "14" : "15", interaction: `run-${at}`, person: `person-${at}`, status: bad ? "failure" : "success", ...more,
    });
    return [
      one({ event: "journey.wait.timed_out", element: "Wait for an answer", element_type: "wait", status: at % 2 === 0 ? "timed_out" : "success" }, 0),
      one({ event: "journey.api.called", element: "Look up carrier", element_type: "api_call", reason: bad ? "HTTP 503" : undefined }, 1),
      one({ event: "journey.exited" }, 2),
    ];
  }).flat();
}
/** One person who tries again and again. */
const retries = () => Array.from({ length: 120 }, (_, at) => record({ time: now - HOUR + at * 1_000, event: "journey.api.called", object: "Retry storm", element: "Pay", status: "failure", interaction: "the-one", person: "the-one" }));

const held = world(async (server) => {
  await server.send(runs());
  await server.send(retries());
});
const { visit } = held;
const ready = (page) => page.locator("table.heat tbody tr").first().waitFor();
const row = (page, element) => page.locator("table.heat tbody tr").filter({ has: page.locator("th", { hasText: element }) });
const total = async (page) => `${await page.locator(".histo .total").innerText()} ${await page.locator(".histo .within").innerText()}`;

test("many interactions come before many events of one", () => visit("/hotspots", async (page) => {
  await page.locator("a.obj").first().waitFor();
  const told = await page.locator("a.obj:not(.child)").allInnerTexts();
  assert.match(told[0], /^Parcel delay/);
  assert.match(told[1].replaceAll("\n", " "), /^Retry storm\s+1\D+1 · 100\.0%/);
}));

test("the place is where interactions failed first, and the numbers of all places are one sum", () => visit("/hotspots?object=Parcel+delay&compare_a=14&compare_b=15", async (page) => {
  await ready(page);
  assert.match(await page.locator(".hot-head h1").innerText(), /all of it at Look up carrier\.$/);
  const { compare } = await asked(held.server, "hotspots?object=Parcel+delay&compare_a=14&compare_b=15");
  for (const [side, place] of [["a", 2], ["b", 8]]) {
    const firsts = (await page.locator(`table.heat tbody tr td:nth-of-type(${place + 1})`).allInnerTexts()).map(Number);
    assert.equal(firsts.reduce((sum, one) => sum + one), compare[side].failed_interactions);
  }
  assert.equal(await row(page, "Without an element").locator("td").nth(2).innerText(), "0");
  // Waits that ran out are told, and are no failures.
  assert.match(await row(page, "Wait for an answer").locator("th").innerText(), /300 ran out/);
  assert.equal(await row(page, "Wait for an answer").locator("td").nth(1).innerText(), "0");
}));

test("since when is said, and leads to just those", () => visit("/hotspots?object=Parcel+delay", async (page) => {
  await ready(page);
  const said = page.locator(".onset");
  const words = await said.innerText();
  assert.match(words, /^Since \d+ \w+ \d\d:\d\d UTC\+[12], Look up carrier fails in 5\d\.\d% of its interactions; before that in 0\.\d%\. \d+ of \d+ interactions$/);
  const { onsets: [onset] } = await asked(held.server, "hotspots?object=Parcel+delay");
  assert.ok(Math.abs(Date.parse(onset.since) - (now - BEGAN)) < 6 * MINUTE, onset.since);
  await said.getByRole("link").click();
  await settled(page);
  assert.equal(params(page).get("from"), onset.since);
  await until(async () => assert.equal(await total(page), `${onset.failed_interactions} events in ${onset.failed_interactions} interactions`));
}));

test("every number of a place is that of the log behind it", () => visit("/hotspots?object=Parcel+delay&compare_a=14&compare_b=15", async (page) => {
  await ready(page);
  for (const [element, nth] of [["Look up carrier", 1], ["Without an element", 7], ["Wait for an answer", 6], ["Without an element", 0]]) {
    const link = row(page, element).locator("td").nth(nth).getByRole("link");
    const count = await link.innerText();
    await link.click();
    await settled(page);
    await until(async () => assert.match(await total(page), new RegExp(` in (about )?${count} interactions?$`), `${element} ${nth}`));
    await page.goBack();
    await ready(page);
  }
}, { viewport: NARROW }));

test("a phone has the same", () => visit("/hotspots?object=Parcel+delay", async (page) => {
  await page.locator(".element").first().waitFor();
  assert.match(await page.locator(".onset").innerText(), /Look up carrier fails in/);
  assert.match(await page.locator(".element").filter({ hasText: "Without an element" }).locator(".side").first().innerText(), /\d+ of 200, 0 first/);
}, { viewport: PHONE }));

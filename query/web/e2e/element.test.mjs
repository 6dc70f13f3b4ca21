// The element is a usual column of the log where the reason keeps its room beside it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { traffic } from "./seed.mjs";
import { record } from "./server.mjs";
import { column, settled, world } from "./suite.mjs";

const now = Date.now();
const { visit } = world((server) => server.send([
  ...traffic({ count: 200 }),
  // An agent's steps have no person and no conversation.
  record({ time: now - 1_000, event: "acme.agent", status: "failure", object: "Care agent", element: "a-model", reason: "rate limited", interaction: "run-1" }),
  record({ time: now - 2_000, event: "acme.plain", status: "success", object: "News", interaction: "run-2" }),
]));

const REASON_PX = 176;
const CASES = [
  { width: 1_280, path: "/", shown: false },
  { width: 1_366, path: "/", shown: false },
  { width: 1_400, path: "/", shown: true },
  { width: 1_440, path: "/", shown: true },
  { width: 1_780, path: "/", shown: true },
  { width: 1_920, path: "/", shown: true },
  // What no event has leaves its room; where there is room for all columns, none goes.
  { width: 1_280, path: "/?event=acme.agent", shown: true },
  { width: 1_920, path: "/?event=acme.plain", shown: true },
];

for (const { width, path, shown } of CASES) {
  test(`at ${width} on ${path} it is ${shown ? "" : "not "}shown, and the reason has its room`, () => visit(path, async (page) => {
    await settled(page);
    const table = await page.locator(".table").evaluate((one) => ({ heads: [...one.querySelectorAll("th")].map((head) => head.innerText.trim()), reason: one.querySelector("th:last-child").offsetWidth, over: one.scrollWidth - one.clientWidth }));
    assert.equal(table.heads.includes("Element"), shown, table.heads.join());
    assert.ok(table.reason >= REASON_PX && table.over === 0, JSON.stringify(table));
  }, { viewport: { width, height: 800 } }));
}

test("its values stand below its head", () => visit("/?event=acme.agent", async (page) => {
  await settled(page);
  assert.deepEqual(await column(page, "Element"), ["a-model"]);
}));

test("what is drawn first has the columns of the page", () => visit("/", async (page) => {
  const heads = () => page.locator("table.log thead th").allInnerTexts().then((all) => all.map((text) => text.trim()));
  await page.locator(".frame-log table.log tbody tr").first().waitFor();
  const first = await heads();
  go();
  await settled(page);
  assert.deepEqual((await heads()), first);
  assert.ok(first.includes("Element"));
}, { prepare: (page) => page.route("**/assets/main.js", async (route) => { await told; await route.continue(); }) }));
let go;
const told = new Promise((done) => (go = done));

test("without a column of its own the element stands where no reason does, and beside it in words", () => visit("/", async (page) => {
  await settled(page);
  const last = await page.locator("tr[data-id]").evaluateAll((all) => all.map((row) => {
    const words = row.querySelector("td:last-child .cut");
    return { status: row.querySelector(".st .cut").textContent, words: words.textContent, title: words.title };
  }));
  const [good, bad] = [(status) => status === "Success", (status) => status === "Failure"].map((is) => last.filter(({ status }) => is(status)));
  const places = /^(Ask the shop|Is a member|Choose order|Greeting|Loyalty|a-model|)$/;
  assert.ok(good.length > 5 && good.every(({ words, title }) => places.test(words) && title === words), JSON.stringify(good.slice(0, 5)));
  assert.ok(good.some(({ words }) => words === "Greeting"));
  assert.ok(bad.length > 2 && bad.every(({ words, title }) => /HTTP 503|rate limited/.test(words) && title.endsWith(`: ${words}`)), JSON.stringify(bad.slice(0, 5)));
}, { viewport: { width: 1_280, height: 800 } }));

// What is on paper: who said what, an event that is open, whole words, and dark letters on white.

import assert from "node:assert/strict";
import { test } from "node:test";

import { HOUR, MINUTE, traffic } from "./seed.mjs";
import { record } from "./server.mjs";
import { asked, settled, until, world } from "./suite.mjs";

const ID = "interaction-on-paper";
const start = Date.now() - 2 * HOUR;
const common = { interaction: ID, person: "person-on-paper", conversation: "conversation-on-paper", occurred_in: "chatbot", object: "Helper", version: "1", status: "success" };
const SAID = Array.from({ length: 12 }, (_, at) => (at % 2 === 0
  ? { event: "chatbot.message.received", performed_by: "person-on-paper", performed_by_type: "person", body: `Question ${at}` }
  : { event: "chatbot.message.sent", performed_by: "Helper", performed_by_type: "bot", body: `Answer ${at}` }));

const held = world(async (server) => {
  await server.send(traffic({ count: 120, seed: 9 }));
  await server.send(SAID.map((said, at) => record({ ...common, ...said, time: start + at * MINUTE })));
});
const { visit } = held;

/** As the browser prints. */
async function print(page) {
  await until(async () => assert.equal(await page.evaluate(() => [...document.styleSheets].some(({ media }) => media.mediaText === "print")), true));
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
}

test("each message of a transcript is under who said it, and no two are side by side", () => visit(`/i/${ID}`, async (page) => {
  await page.locator(".talk .msg").first().waitFor();
  await print(page);
  await until(async () => assert.equal(await page.locator(".talk .msg").count(), SAID.length));
  const boxes = await page.locator(".talk .msg").evaluateAll((all) => all.map((one) => {
    const [whole, who, text] = [one, one.querySelector(".msg-who"), one.querySelector(".bubble")].map((part) => part.getBoundingClientRect());
    return { text: one.querySelector(".bubble").textContent, top: whole.top, bottom: whole.bottom, who: who.bottom, from: text.top, to: text.bottom };
  }));
  assert.deepEqual(boxes.map(({ text }) => text), SAID.map(({ body }) => body));
  for (const [at, box] of boxes.entries()) {
    assert.ok(box.from >= box.who - 1 && box.to <= box.bottom + 1, `what is said stays within its message: ${JSON.stringify(box)}`);
    if (at > 0) assert.ok(box.top >= boxes[at - 1].bottom, `below the one before: ${JSON.stringify([boxes[at - 1], box])}`);
  }
}));

test("an event that is open is printed before the log", async () => {
  const { events: [event] } = await asked(held.server, "events?status=failure&limit=1");
  await visit(`/?sel=${event.id}`, async (page) => {
    await settled(page);
    const panel = page.getByRole("complementary", { name: "Details" });
    await panel.getByRole("treeitem").first().waitFor();
    await print(page);
    const [details, row] = [await panel.boundingBox(), await page.locator("tr[data-id]").first().boundingBox()];
    assert.ok(details.height > 400 && details.y + details.height <= row.y + 1, JSON.stringify([details, row]));
    assert.equal(await panel.getByRole("button", { name: "Close (Esc)" }).isVisible(), false);
    assert.match(await panel.innerText(), new RegExp(event.reason));
  });
});

for (const chosen of [false, true]) {
  test(`letters are dark on white, where ${chosen ? "the page" : "the system"} is dark`, () => visit("/?status=failure", async (page) => {
    await settled(page);
    if (chosen) {
      const theme = page.getByRole("button", { name: /^Theme/ });
      while (await page.evaluate(() => document.documentElement.dataset.theme) !== "dark") await theme.click();
    }
    await print(page);
    const seen = await page.evaluate(() => {
      const brightest = (path) => Math.max(...getComputedStyle(document.querySelector(path)).color.match(/\d+/g).slice(0, 3).map(Number));
      return { letters: ["tr[data-id] .c-e", "tr[data-id] time", "table.log th"].map(brightest), paper: getComputedStyle(document.body).backgroundColor };
    });
    assert.equal(seen.paper, "rgb(255, 255, 255)");
    assert.ok(seen.letters.every((one) => one < 130), JSON.stringify(seen));
  }, { theme: chosen ? "light" : "dark" }));
}

test("what is printed at once has the styles of paper", () => visit("/", async (page) => {
  await page.locator("table.log tbody tr").first().waitFor();
  await print(page);
  // The page itself, and its menus, are still held back.
  assert.equal(await page.locator("tr[data-id]").count(), 0);
  assert.equal(await page.locator(".filters").first().evaluate((one) => getComputedStyle(one).backgroundColor), "rgba(0, 0, 0, 0)");
  assert.equal(await page.locator("body").evaluate((one) => getComputedStyle(one).backgroundColor), "rgb(255, 255, 255)");
  assert.equal(await page.locator(".histo").evaluate((one) => getComputedStyle(one).display), "none");
  letGo();
  await settled(page);
}, { theme: "dark", prepare: (page) => page.route("**/assets/{main,menus}.js", async (route) => { await heldBack; await route.continue(); }) }));
let letGo;
const heldBack = new Promise((done) => (letGo = done));

test("no word of a status is broken on a sheet of paper", () => visit("/?status=failure", async (page) => {
  await settled(page);
  await print(page);
  const lines = await page.locator("tr[data-id] .st .cut, table.log time").evaluateAll((all) => all.slice(0, 40).map((one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    return one.matches(".cut") ? new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size : 1;
  }));
  assert.ok(lines.length > 10 && lines.every((count) => count === 1), lines.join());
}, { viewport: { width: 703, height: 1_000 } }));

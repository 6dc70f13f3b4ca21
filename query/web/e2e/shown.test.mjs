// Whatever the page shows of an event finds that event: by the button beside a cell or a detail, and pasted in the search
// box; where the box takes no such text, it says why. Values of every kind are made by chance; SEED repeats a run.

import assert from "node:assert/strict";
import { test } from "node:test";

import { record } from "./server.mjs";
import { settled, until, world } from "./suite.mjs";

const SEED = Number(process.env.SEED ?? 20_261_130);
const VALUES = 30;

/** Numbers from 0 to 1, always the same after the same seed (mulberry32). */
function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const next = chance(SEED);
const below = (bound) => Math.floor(next() * bound);
const one = (list) => list[below(list.length)];
const several = (make, from, to) => Array.from({ length: from + below(to - from + 1) }, make);

const PIECES = [
  "order", "Über", "straße", "don’t", "订单", "エラー", "주문이", "заказ", "ёлка", "مُحَمَّد", "שלום", "สั่งซื้อ", "٤٧١١", "👩‍💻", "❤️", "ＡＢＣ", "e\u0301tude",
  "550e8400-e29b-41d4-a716-446655440000", "deadbeef00112233", "checkout-v2-retry", "user_id", "2026-11-29T10:20:30Z", "1,234.56", "+49 170", "a@b.example",
  "https://shop.example/a?b=c%20d", "Gr%C3%BC%C3%9Fe", "C:\\temp", "ACME\\jdoe", "{\"text\":\"Gr\\u00fc\\u00dfe\"}", "\"quoted\"", "(a)", "50%", "*", "!", "\\", "-x", "#tag", "\u202ertl", "\u00a0", "null", "OR",
];
const text = () => several(() => one(PIECES), 1, 4).join(one([" ", " ", "", "/", ": ", "\n"]));
const KINDS = [
  () => ({ stringValue: text() }),
  () => ({ stringValue: text() }),
  () => ({ intValue: String(BigInt(below(2 ** 31)) * BigInt(one([1, -1, 4_000_000_007]))) }),
  () => ({ doubleValue: one([1.5e-7, 1e21, -0, 100, 0.1, -5.25, 1e300, "Infinity", "NaN", next()]) }),
  () => ({ boolValue: next() < 0.5 }),
  () => ({ bytesValue: btoa(String.fromCharCode(...several(() => below(256), 1, 12))) }),
  () => ({ arrayValue: { values: several(() => KINDS[below(5)](), 1, 3) } }),
  () => ({ kvlistValue: { values: several(() => ({ key: one(PIECES), value: KINDS[below(7)]() }), 1, 3) } }),
  () => ({ stringValue: "" }),
  () => ({}),
];
const values = Array.from({ length: VALUES }, () => one(KINDS)());
const cells = { object: text(), element: text(), reason: text(), person: `person ${text()}`, channel: text() };

const held = world(async (server) => {
  const now = Date.now();
  const shown = record({ time: now - 60_000, event: "acme.shown", status: "failure", ...cells });
  shown.attributes.push(...values.map((value, at) => ({ key: `k${at}`, value })));
  await server.send([shown, record({ time: now - 61_000, event: "acme.other", status: "success", object: "Other", person: "nobody", more: { k0: "none" } })]);
});

const { visit } = held;
const panel = (page) => page.getByRole("complementary", { name: "Details" });
const rows = (page) => page.locator("tr[data-id]");
const row = (page) => rows(page).filter({ hasText: "acme.shown" });
/** What has neither letter nor digit is refused: the browser tells of the answer, too. */
const options = { expected: [/status of 400/] };

/** The event is there, alone, once what was done has been answered. */
async function found(page, what, count = 1) {
  await settled(page);
  await until(async () => assert.deepEqual([await row(page).count(), await rows(page).count()], [1, count], `${what} does not find the event; SEED=${SEED}`));
}

/** Pastes the clipboard into the search box as people do, over what is there. */
async function pasted(page, what, count = 1) {
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  await page.locator("#search").focus();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("ControlOrMeta+v");
  await page.keyboard.press("Enter");
  const refused = page.locator("#search-problem");
  await until(async () => assert.ok(await refused.count() > 0 || new URL(page.url()).searchParams.has("q"), `${what}, ${JSON.stringify(copied)}`));
  await Promise.any([refused.waitFor(), settled(page)]);
  if (await refused.count() > 0) return assert.doesNotMatch(copied, /[\p{L}\p{N}]/u, `${what} is refused`);
  // Times of events are no words: the answer says what finds them.
  const then = page.locator(".hollow").getByRole("button", { name: /^At .*: 1 event$/ });
  if (/^[-\d]+T[\d:.]+Z$/.test(copied) && await row(page).count() === 0) await then.click();
  await found(page, `${what}, ${JSON.stringify(copied)} pasted,`, count);
}

const closed = (page) => panel(page).locator("[role=treeitem][aria-expanded=false]:is([data-path^=attributes], [data-path^=resource])");

/** Opens the event's details, and all of what was sent. */
async function opened(page) {
  await settled(page);
  await row(page).locator("td").first().click();
  await panel(page).locator(".said h2").waitFor();
  await panel(page).locator("[role=treeitem]").first().waitFor();
  while (await closed(page).count() > 0) await closed(page).first().locator(".k").click();
}

test("a detail finds the event by its button, and copied", () => visit("/", async (page) => {
  await opened(page);
  const items = panel(page).locator("[role=treeitem]:is([data-path^='attributes/'], [data-path^='resource/'])");
  const all = await items.evaluateAll((all) => all.map((item) => ({ column: item.dataset.column, leaf: !item.hasAttribute("aria-expanded"), ofOne: item.dataset.path.startsWith("attributes") })));
  assert.ok(all.length > VALUES && all.some(({ ofOne }) => !ofOne));
  for (const [at, { column, leaf, ofOne }] of all.entries()) {
    const button = (name) => items.nth(at).getByRole("button", { name: new RegExp(`^${name}`) });
    const back = async () => {
      await page.goBack();
      await settled(page);
      await opened(page);
      await items.nth(at).hover();
    };
    await items.nth(at).hover();
    if (leaf) {
      await button("Filter for").click();
      await until(() => assert.ok(new URL(page.url()).searchParams.has(column), column));
      await found(page, `the filter for ${column} ${JSON.stringify(new URL(page.url()).searchParams.get(column))}`, ofOne ? 1 : 2);
      await back();
    }
    await button("Copy").click();
    if (await page.evaluate(() => navigator.clipboard.readText()) === "") continue;
    await pasted(page, column ?? `the whole of ${at}`, ofOne ? 1 : 2);
    await back();
  }
}, options));

test("a cell finds the event by its button, and copied", () => visit("/?cols=event,status,object,element,person,channel,reason,time", async (page) => {
  await settled(page);
  const address = page.url();
  const heads = await page.locator("table.log thead th").allInnerTexts();
  for (const [at, head] of heads.slice(0, -1).entries()) {
    const cell = row(page).locator("td").nth(at);
    const button = (name) => cell.getByRole("button", { name: new RegExp(`^${name}`) });
    const offered = async () => {
      await page.goto(address);
      await settled(page);
      await cell.hover();
      await button("Copy").waitFor();
    };
    await offered();
    if (!/^Timestamp/.test(head)) {
      await button("Filter for").click();
      await until(() => assert.notEqual(page.url(), address, head));
      await found(page, `the filter for ${head}`);
      await offered();
    }
    await button("Copy").click();
    await pasted(page, head);
  }
}, options));

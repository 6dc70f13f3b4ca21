// Whatever the page shows of an event can be pressed, and finds that event: keys and values of any text.

import assert from "node:assert/strict";
import { test } from "node:test";

import { record } from "./server.mjs";
import { chip, params, settled, until, world } from "./suite.mjs";

const now = Date.now();
const ODD = {
  cost: 1.5e-7, large: 1e21, plain: 100.5, "order.number": 4711121, truth: true, note: "", star: "*", "not!": "!not", "back\\slash": "a\\b",
  "size, cm": "12", "host:8080": "up", "with space ": " x ", "quote\"s": "say \"no\"", "umläut": "Grüße 你好", "percent%": "100%", "a/b?c=d&e": "1,5",
};
const held = world(async (server) => {
  await server.send([
    record({ time: now - 60_000, event: "acme.odd", status: "failure", object: "Odd", person: "customer-00000041", more: ODD }),
    record({ time: now - 61_000, event: "acme.other", status: "success", object: "Other", person: "customer-00000042", more: { cost: 3 } }),
    record({ time: now - 62_000, event: "journey.api.called", status: "in_progress", occurred_in: "journey", object: "Other", version: "15", person: "customer-00990041" }),
  ]);
});
const { visit } = held;
const panel = (page) => page.getByRole("complementary", { name: "Details" });
const objects = (page) => page.locator("tr[data-id] td:nth-child(4)").allInnerTexts();
const item = (page, key) => panel(page).locator(`[role=treeitem][data-column=${JSON.stringify(`attr.${key}`)}]`);

async function openOdd(page) {
  await settled(page);
  await page.locator("tr[data-id]").filter({ hasText: "acme.odd" }).locator("td").first().click();
  await panel(page).locator(".said h2").waitFor();
}

for (const key of Object.keys(ODD)) {
  test(`“${key}” is filtered for, filtered out, and shown as a column by its buttons`, () => visit("/", async (page) => {
    await openOdd(page);
    const column = `attr.${key}`;
    await item(page, key).hover();
    await item(page, key).getByRole("button", { name: /^Show as column/ }).click();
    await until(async () => assert.ok((await page.locator("table.log thead th").allInnerTexts()).some((head) => head === key || head.trim() === key.trim()), key));
    await item(page, key).getByRole("button", { name: /^Filter for/ }).click();
    await settled(page);
    await until(async () => assert.deepEqual(await objects(page), ["Odd"]));
    await page.reload();
    await settled(page);
    await until(async () => assert.deepEqual(await objects(page), ["Odd"]));
    assert.equal(params(page).getAll(column).length, 1);
    await page.goto(`${held.server.page}/`);
    await openOdd(page);
    await item(page, key).hover();
    await item(page, key).getByRole("button", { name: /^Filter out/ }).click();
    await settled(page);
    await until(async () => assert.deepEqual([...new Set(await objects(page))], ["Other"]));
  }));
}

test("an attribute is asked for its empty value", () => visit("/?attr.note=*", async (page) => {
  await settled(page);
  await chip(page, "note").click();
  await page.getByRole("button", { name: "Is empty" }).click();
  await until(() => assert.equal(params(page).get("attr.note"), ""));
  await settled(page);
  await until(async () => assert.deepEqual(await objects(page), ["Odd"]));
  assert.match(await chip(page, "note").innerText(), /note:\s*empty/);
}));

test("a label is completed within quotes, and offered where it is no word of its value", () => visit("/", async (page) => {
  await settled(page);
  await page.locator("#search").focus();
  await page.keyboard.type('event:"API c');
  // What fits the whole of it: for its beginning there were more.
  await until(async () => assert.match((await page.getByRole("option").allInnerTexts()).join("|"), /^API called[^|]*$/));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#search").inputValue(), "event:journey.api.called ");
  await page.locator("#search").fill("Started");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: 'Search status:"in_progress": 1 event' }).click();
  await settled(page);
  await until(async () => assert.deepEqual(await objects(page), ["Other"]));
}));

test("what the page calls a value finds it", async () => {
  for (const [search, wanted] of [["status:Failure", "Odd"], ["status:Started", "Other"], ['event:"API called"', "Other"], ["occurred_in:Journey", "Other"], ["version:v15", "Other"]]) {
    await visit(`/?q=${encodeURIComponent(search)}`, async (page) => {
      await settled(page);
      await until(async () => assert.deepEqual([...new Set(await objects(page))], [wanted], search));
    });
  }
  await visit("/?status=Started", async (page) => {
    await settled(page);
    await until(async () => assert.deepEqual(await objects(page), ["Other"]));
  });
});

test("the end of an identifier finds it: in its filter, and pasted as it is shown", async () => {
  await visit("/", async (page) => {
    await settled(page);
    await chip(page, "Person ID").click();
    const menu = page.getByRole("dialog", { name: "Person ID", exact: true });
    await menu.getByRole("textbox", { name: "Person ID" }).fill("0041");
    const found = menu.getByRole("list", { name: "Found" }).getByRole("button");
    await until(async () => assert.deepEqual(new Set(await found.allTextContents().then((all) => all.map((text) => text.trim()))), new Set(["customer-00000041", "customer-00990041"])));
    await found.filter({ hasText: "00990041" }).click();
    await until(() => assert.equal(params(page).get("person"), "customer-00990041"));
  });
  await visit("/", async (page) => {
    await settled(page);
    await page.locator("#search").fill("cust…00000041");
    await page.keyboard.press("Enter");
    await until(() => assert.equal(params(page).get("q"), "*00000041"));
    await settled(page);
    await until(async () => assert.deepEqual(await objects(page), ["Odd"]));
  });
});

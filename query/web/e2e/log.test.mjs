// The log: columns, order, rows, paging, news, and what of it the address keeps.

import assert from "node:assert/strict";
import { test } from "node:test";

import { traffic } from "./seed.mjs";
import { record } from "./server.mjs";
import { asked, column, ids, params, settled, until, world } from "./suite.mjs";

const COUNT = 700;
const held = world((server) => server.send(traffic({ count: COUNT })));
const { visit } = held;
/** With a window of 1,440 px. */
const USUAL = ["Event name", "Status", "Occurred in", "Object name", "Version ID", "Element", "Performed by", "Person ID", "Interaction ID", "Conversation ID", "Timestamp", "Details"];

const heads = async (page) => (await page.locator("table.log thead th").allInnerTexts()).map((text) => text.trim().split(/[\n,]/)[0]);
const times = (page) => page.locator("tr[data-id] time").evaluateAll((all) => all.map((time) => time.dateTime));
const pane = (page) => page.locator(".table");

test("shows the usual columns in their order, newest first", () => visit("/", async (page) => {
  await settled(page);
  assert.deepEqual(await heads(page), USUAL);
  const shown = await times(page);
  assert.ok(shown.length >= 15, `${shown.length} rows are made`);
  assert.deepEqual(shown, [...shown].sort().reverse());
  const [newest] = (await (await fetch(`${held.server.page}/api/v1/events?limit=1`)).json()).events;
  assert.equal((await ids(page))[0], newest.id);
  assert.equal(await page.locator(".histo .total").innerText(), `${COUNT} events`);
  assert.match(await page.locator("table.log thead th").nth(USUAL.indexOf("Timestamp")).innerText(), /UTC/, "the zone stands in the head of the column");
  assert.equal(await page.locator("tr[data-id] td .id").first().getAttribute("title"), newest.person, "an id is whole on hover");
}));

test("says a status by word and icon", () => visit("/?status=failure", async (page) => {
  await settled(page);
  assert.deepEqual(new Set(await column(page, "Status")), new Set(["Failure"]));
  assert.equal(await page.locator("tr[data-id] .st-failure svg").count(), (await ids(page)).length);
  assert.deepEqual(new Set(await column(page, "Details")), new Set(["HTTP 503"]));
}));

test("sorts by the time, kept in the address", () => visit("/", async (page) => {
  await settled(page);
  await page.getByRole("button", { name: /^Timestamp/ }).click();
  await page.waitForURL(/sort=time/);
  await settled(page);
  await until(async () => {
    const shown = await times(page);
    assert.deepEqual(shown, [...shown].sort());
    assert.equal(await page.locator("th[aria-sort=ascending]").count(), 1);
  });
  await page.goBack();
  await settled(page);
  await until(async () => {
    const shown = await times(page);
    assert.deepEqual(shown, [...shown].sort().reverse());
  });
}));

test("a row opens the panel, Back closes it, the other keys go along", () => visit("/", async (page) => {
  await settled(page);
  const [first, second] = await ids(page);
  await page.locator(`tr[data-id="${first}"] td`).first().click();
  const panel = page.getByRole("complementary", { name: "Details" });
  await panel.waitFor();
  assert.equal(params(page).get("sel"), first);
  assert.equal(await page.locator("tr[aria-selected=true]").getAttribute("data-id"), first);
  await panel.getByRole("button", { name: "Next in the list (j)" }).click();
  await until(() => assert.equal(params(page).get("sel"), second));
  await page.goBack();
  await panel.waitFor({ state: "detached" });
  assert.equal(params(page).get("sel"), null, "one step back leaves the panel, however many events it showed");
}));

test("a link to an event shows its row among its neighbours", () => visit("/", async (page) => {
  const { events } = await asked(held.server, "events?limit=60");
  await page.goto(`${held.server.page}/?sel=${events[50].id}`);
  await settled(page);
  const table = await page.locator(".table").boundingBox();
  await until(async () => {
    const row = await page.locator(`tr[data-id="${events[50].id}"]`).boundingBox();
    assert.ok(row.y > table.y + table.height * 0.3 && row.y < table.y + table.height * 0.7, JSON.stringify({ row, table }));
  });
  assert.equal(await page.locator(".table").evaluate((pane) => pane.scrollTop % 32), 0, "the first row is whole");
}));

test("loads on and on below, every event once", () => visit("/", async (page) => {
  await settled(page);
  const seen = new Set();
  await until(async () => {
    for (const id of await ids(page)) seen.add(id);
    await pane(page).evaluate((table) => { table.scrollTop += 480; });
    assert.equal(seen.size, COUNT);
  }, 120_000);
  const all = await times(page);
  assert.deepEqual(all, [...all].sort().reverse());
  await pane(page).evaluate((table) => { table.scrollTop = 0; });
  const [newest] = (await (await fetch(`${held.server.page}/api/v1/events?limit=1`)).json()).events;
  await page.locator(`tr[data-id="${newest.id}"]`).waitFor();
}));

test("columns are chosen, moved, and kept in the address", () => visit("/", async (page) => {
  await settled(page);
  await page.getByRole("button", { name: "Choose columns" }).click();
  const menu = page.getByRole("dialog", { name: "Columns" });
  await menu.getByRole("checkbox", { name: "Channel" }).click();
  await menu.getByRole("checkbox", { name: "Show Performed by" }).click();
  await menu.getByRole("button", { name: "Move Status to the left" }).click();
  await until(async () => assert.deepEqual(await heads(page),
    ["Status", "Event name", "Occurred in", "Object name", "Version ID", "Element", "Person ID", "Interaction ID", "Conversation ID", "Timestamp", "Channel", "Details"]));
  const chosen = params(page).get("cols");
  assert.equal(chosen, "status,event,occurred_in,object,version,element,person,interaction,conversation,time,channel");
  await page.reload();
  await settled(page);
  assert.equal(params(page).get("cols"), chosen);
  assert.equal((await heads(page))[0], "Status");
  await until(async () => assert.ok((await column(page, "Channel")).includes("whatsapp")));
  await page.getByRole("button", { name: "Choose columns" }).click();
  await menu.getByRole("button", { name: "Reset" }).click();
  await until(async () => assert.deepEqual(await heads(page), USUAL));
  assert.equal(params(page).get("cols"), null);
}));

test("the element stays away once it is taken away", () => visit("/", async (page) => {
  await settled(page);
  await page.getByRole("button", { name: "Choose columns" }).click();
  const menu = page.getByRole("dialog", { name: "Columns" });
  await menu.getByRole("checkbox", { name: "Show Element" }).click();
  const without = USUAL.filter((head) => head !== "Element");
  await until(async () => assert.deepEqual(await heads(page), without));
  await page.reload();
  await settled(page);
  assert.deepEqual(await heads(page), without);
  await page.getByRole("button", { name: "Choose columns" }).click();
  await menu.getByRole("button", { name: "Reset" }).click();
  await until(async () => assert.deepEqual(await heads(page), USUAL));
  assert.equal(params(page).get("cols"), null);
}));

test("a column gets the width that it is dragged to", () => visit("/", async (page) => {
  await settled(page);
  const head = page.locator("table.log thead th").nth(3);
  const before = await head.boundingBox();
  const x = before.x + before.width - 2;
  await page.mouse.move(x, before.y + 10);
  await page.mouse.down();
  await page.mouse.move(x + 30, before.y + 10, { steps: 3 });
  await page.mouse.move(x + 60, before.y + 10, { steps: 3 });
  await page.mouse.up();
  await until(() => assert.match(params(page).get("cols") ?? "", /object:\d+/));
  const width = Number(/object:(\d+)/.exec(params(page).get("cols"))[1]);
  assert.ok(Math.abs(width - before.width - 60) <= 3, `${before.width} became ${width}`);
  await page.reload();
  await settled(page);
  assert.ok(Math.abs((await head.boundingBox()).width - width) <= 2);
}));

test("an attribute is chosen as a column", () => visit("/?cols=event,time", async (page) => {
  await settled(page);
  await page.getByRole("button", { name: "Choose columns" }).click();
  await page.getByRole("dialog", { name: "Columns" }).getByRole("checkbox", { name: "geo.country" }).click();
  await until(() => assert.equal(params(page).get("cols"), "event,time,attr.geo.country"));
  await until(async () => assert.ok((await column(page, "geo.country")).includes("HR")));
}));

test("an attribute is a column too", () => visit("/?cols=event,attr.geo.country,time", async (page) => {
  await settled(page);
  assert.deepEqual(await heads(page), ["Event name", "geo.country", "Timestamp", "Details"]);
  assert.deepEqual(new Set(await column(page, "geo.country")), new Set(["HR", "DE", "BR"]));
}));

test("Back and reload bring back what was scrolled to", () => visit("/", async (page) => {
  await settled(page);
  await pane(page).evaluate((table) => { table.scrollTop = 1_600; });
  await page.waitForFunction(() => history.state?.top === 1_600);
  const there = await topRow(page);
  await page.reload();
  await settled(page);
  await until(async () => assert.equal(await topRow(page), there));
  await page.locator(`tr[data-id="${there}"] a.id`).first().click();
  await page.waitForURL(/\/i\//);
  await page.goBack();
  await settled(page);
  await until(async () => assert.equal(await topRow(page), there));
}));

/** The first row below the head that is in sight. */
const topRow = (page) => page.locator(".table").evaluate((table) => {
  const edge = table.getBoundingClientRect().top + 32;
  return [...table.querySelectorAll("tr[data-id]")].find((row) => row.getBoundingClientRect().bottom > edge + 1)?.dataset.id;
});

// The last one: it adds to the store.
test("new events wait above in a bar and move nothing", () => visit("/", async (page) => {
  await settled(page);
  await pane(page).evaluate((table) => { table.scrollTop = 640; });
  await page.waitForFunction(() => history.state?.top === 640);
  const there = await topRow(page);
  const before = await page.locator(`tr[data-id="${there}"]`).boundingBox();
  await held.server.send([1, 2, 3].map((at) => record({ time: Date.now() - 10 + at, event: "acme.news", status: "success", object: "News" })));
  const bar = page.locator("button.bar-new");
  await bar.waitFor();
  await until(async () => assert.match(await bar.innerText(), /3 new events/));
  assert.equal(await topRow(page), there);
  const moved = (await page.locator(`tr[data-id="${there}"]`).boundingBox()).y - before.y;
  const room = (await bar.boundingBox()).height;
  assert.ok(moved <= room + 1, `the row moved by ${moved} px`);
  await bar.click();
  await bar.waitFor({ state: "detached" });
  await until(async () => assert.deepEqual((await column(page, "Event name")).slice(0, 3), ["acme.news", "acme.news", "acme.news"]));
}));

test("the open row stays marked under the pointer", () => visit("/", async (page) => {
  await settled(page);
  const row = page.locator("tr[data-id]").nth(2);
  await row.locator("td").first().click();
  await page.locator("tr[aria-selected=true]").waitFor();
  const colour = () => page.locator("tr[aria-selected=true] td").first().evaluate((cell) => getComputedStyle(cell).backgroundColor);
  await row.hover();
  const under = await colour();
  await page.mouse.move(0, 0);
  assert.equal(await colour(), under);
}));

test("a cell under the pointer offers to filter for its value and to filter it out", () => visit("/?cols=status,object,time", async (page) => {
  await settled(page);
  const cell = page.locator("tr[data-id] td").first();
  const status = (await cell.innerText()).trim();
  await cell.hover();
  await page.getByRole("button", { name: `Filter out Status ${status}` }).click();
  await until(() => assert.match(params(page).get("status"), /^!/));
  await settled(page);
  await until(async () => assert.ok(!(await column(page, "Status")).includes(status)));
  const object = page.locator("tr[data-id] td:nth-child(2)").nth(1);
  const name = (await object.innerText()).trim();
  await object.hover();
  await until(async () => assert.equal(await page.locator(".cell-acts").count(), 1, "only the cell under the pointer has them"));
  await page.getByRole("button", { name: `Filter for Object name ${name}` }).click();
  await until(() => assert.equal(params(page).get("object"), name));
  assert.equal(params(page).get("sel"), null, "the row is not opened by it");
  await page.locator("tr[data-id] td:nth-child(3)").first().hover();
  await page.locator(".cell-acts").waitFor({ state: "detached" });
}));

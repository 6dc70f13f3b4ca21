// Live, saved views, export and share.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { accessible } from "./browser.mjs";
import { HOUR, traffic } from "./seed.mjs";
import { record } from "./server.mjs";
import { asked, column, ids, params, settled, until, world } from "./suite.mjs";

const held = world((server) => server.send(traffic({ count: 400, hours: 20 })));
const { visit } = held;
const news = (object, more = {}) => record({ time: Date.now(), event: "acme.live", status: "success", object, ...more });
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

test("exports exactly what is filtered, with the shown columns, as CSV", () => visit("/?status=failure&cols=time,event,person,attr.geo.country", async (page) => {
  await settled(page);
  await page.getByRole("button", { name: "Export" }).click();
  const dialog = page.getByRole("dialog", { name: "Export" });
  const { count } = await asked(held.server, "count?status=failure");
  await until(async () => assert.match(await dialog.innerText(), new RegExp(`Export ${count} events`)));
  assert.match(await dialog.innerText(), /Status: Failure/);
  const [download] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "Export", exact: true }).click()]);
  assert.match(download.suggestedFilename(), /^steplog.*\.csv$/);
  const lines = (await readFile(await download.path(), "utf8")).trimEnd().split(/\r?\n/);
  assert.equal(lines.length, count + 1);
  assert.deepEqual(lines[0].replace("\uFEFF", "").split(","), ["time (Europe/Zagreb)", "event", "person", "attr.geo.country", "element", "reason"]);
  const { events } = await asked(held.server, "events?status=failure&limit=1000&columns=attr.geo.country");
  for (const [at, event] of events.entries()) {
    for (const value of [event.event, event.person, event["attr.geo.country"]]) assert.ok(lines[at + 1].includes(value), `${lines[at + 1]} has ${value}`);
  }
  await until(async () => assert.match(await dialog.innerText(), new RegExp(`${count} events saved`)));
}));

test("exports whole events as NDJSON", () => visit("/?object=Welcome", async (page) => {
  await settled(page);
  await page.getByRole("button", { name: "Export" }).click();
  const dialog = page.getByRole("dialog", { name: "Export" });
  await dialog.getByRole("button", { name: "JSON lines" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "Export", exact: true }).click()]);
  const events = (await readFile(await download.path(), "utf8")).trimEnd().split("\n").map((line) => JSON.parse(line));
  const { events: rows } = await asked(held.server, "events?object=Welcome&limit=1000");
  assert.deepEqual(events.map(({ id }) => id), rows.map(({ id }) => id));
  assert.ok(events.every(({ record }) => record.logRecord.attributes.length > 5));
}));

test("an export that breaks off saves nothing and says so", async () => {
  await visit("/", async (page) => {
    await settled(page);
    await page.route("**/api/v1/export?*", (route) => route.abort("connectionreset"));
    let saved = false;
    page.on("download", () => { saved = true; });
    await page.getByRole("button", { name: "Export" }).click();
    const dialog = page.getByRole("dialog", { name: "Export" });
    await dialog.getByRole("button", { name: "Export", exact: true }).click();
    await dialog.getByRole("alert").waitFor();
    assert.match(await dialog.getByRole("alert").innerText(), /nothing was saved/);
    assert.equal(saved, false);
  }, { expected: [/ERR_CONNECTION_RESET/] });
});

test("shares a link with fixed times, and one that moves along", () => visit("/?status=failure&from=now-6h", async (page) => {
  await settled(page);
  const before = Date.now();
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByRole("button", { name: /fixed times/ }).click();
  await until(async () => assert.match(await clipboard(page), /^http/));
  const fixed = new URL(await clipboard(page)).searchParams;
  assert.ok(Math.abs(Date.parse(fixed.get("from")) - (before - 6 * HOUR)) < 60_000, fixed.get("from"));
  assert.ok(Math.abs(Date.parse(fixed.get("to")) - before) < 60_000, fixed.get("to"));
  assert.equal(fixed.get("status"), "failure");
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByRole("button", { name: /always up to now/ }).click();
  await until(async () => assert.match(await clipboard(page), /from=now-6h/));
}));

test("shares one event, which opens by its link", () => visit("/", async (page) => {
  await settled(page);
  await page.locator("tr[data-id] td").nth(2).click();
  const sel = params(page).get("sel");
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByRole("dialog", { name: "Share" }).getByRole("button", { name: "Copy link to this event" }).click();
  await until(async () => assert.match(await clipboard(page), /sel=/));
  await page.goto(await clipboard(page));
  await page.getByRole("complementary", { name: "Details" }).locator(".said h2").waitFor();
  assert.equal(params(page).get("sel"), sel);
}));

test("views are saved, opened, replaced and deleted, and everybody has them", () => visit("/?status=failure&cols=event,time&from=now-6h", async (page) => {
  await settled(page);
  const views = page.getByRole("button", { name: "Views" });
  const menu = page.getByRole("dialog", { name: "Saved views" });
  await views.click();
  await menu.getByText("Nobody has saved a view yet.").waitFor();
  await menu.getByRole("button", { name: "Save this view" }).click();
  await menu.getByRole("textbox", { name: "Name of the view" }).fill("Failures of today");
  await page.keyboard.press("Enter");
  await menu.getByRole("button", { name: "Failures of today", exact: true }).waitFor();
  const { count } = await asked(held.server, "count?status=failure&from=now-6h");
  await until(async () => assert.equal(await menu.locator(".view .num").textContent(), String(count)));

  // The same name again is refused in words.
  await menu.getByRole("button", { name: "Save this view" }).click();
  await menu.getByRole("textbox", { name: "Name of the view" }).fill("Failures of today");
  await page.keyboard.press("Enter");
  await menu.getByText("Another view has this name.").waitFor();

  await page.goto(`${held.server.page}/?object=Welcome`);
  await settled(page);
  const other = await page.context().newPage();
  await other.goto(held.server.page);
  await settled(other);
  await other.getByRole("button", { name: "Views" }).click();
  await other.getByRole("button", { name: "Failures of today", exact: true }).click();
  await until(() => assert.deepEqual([...params(other)].sort(), [["cols", "event,time"], ["from", "now-6h"], ["status", "failure"]]));
  await settled(other);
  await until(async () => assert.equal((await other.locator("table.log thead th").allInnerTexts()).length, 3));

  await views.click();
  await menu.getByRole("button", { name: "Update Failures of today to what is shown now" }).click();
  await until(async () => assert.equal((await asked(held.server, "views")).views[0].query, "object=Welcome"));
  await menu.getByRole("button", { name: "Delete the view Failures of today" }).click();
  await menu.getByRole("button", { name: "Delete the view Failures of today" }).click();
  await until(async () => assert.deepEqual((await asked(held.server, "views")).views, []));
}, { expected: [/409 \(Conflict\)/] }));

test("live shows what arrives at once, at the top", () => visit("/", async (page) => {
  await settled(page);
  const live = page.getByRole("button", { name: "Live" });
  await live.click();
  assert.equal(params(page).get("live"), "1");
  assert.equal(await live.getAttribute("aria-pressed"), "true");
  await page.mouse.move(5, 5);
  await held.server.send([news("Arrived one")]);
  await until(async () => assert.equal((await column(page, "Object name"))[0], "Arrived one"));
  await held.server.send([news("Arrived two"), news("Arrived three")]);
  await until(async () => assert.deepEqual(new Set((await column(page, "Object name")).slice(0, 2)), new Set(["Arrived two", "Arrived three"])));
  const all = await ids(page);
  assert.equal(new Set(all).size, all.length, "none is there twice");
}));

test("live holds back while one reads, says how many, and goes on", () => visit("/?live=1", async (page) => {
  await settled(page);
  const [first] = await ids(page);
  await page.locator(`tr[data-id="${first}"] td`).first().click();
  await page.getByRole("complementary", { name: "Details" }).locator(".said h2").waitFor();
  await held.server.send([news("Held one"), news("Held two")]);
  const bar = page.locator("button.bar-new");
  await until(async () => assert.match(await bar.innerText(), /2 new events[\s\S]*held back while you read/));
  assert.equal((await ids(page))[0], first);
  await page.keyboard.press("Escape");
  await page.mouse.move(5, 5);
  await until(async () => assert.deepEqual(new Set((await column(page, "Object name")).slice(0, 2)), new Set(["Held one", "Held two"])));
}));

test("what comes late finds its place: at once when live, and else with the new events", () => visit("/", async (page) => {
  await settled(page);
  const [, second] = await asked(held.server, "events?limit=3").then(({ events }) => events);
  const late = (object) => record({ time: Date.parse(second.time) - 2, event: "acme.late", status: "success", object });
  await held.server.send([late("Late one")]);
  const bar = page.locator("button.bar-new");
  await until(async () => assert.match(await bar.innerText(), /1 new event/));
  await bar.click();
  await until(async () => assert.equal((await column(page, "Object name")).indexOf("Late one"), 2));
  await page.getByRole("button", { name: "Live" }).click();
  await page.mouse.move(5, 5);
  await held.server.send([late("Late two")]);
  await until(async () => assert.ok([2, 3].includes((await column(page, "Object name")).indexOf("Late two"))));
  const wanted = (await asked(held.server, "events?limit=10")).events.map(({ id }) => id);
  assert.deepEqual((await ids(page)).slice(0, 10), wanted);
}));

test("what comes late among rows far below is told of, and moves nothing that is read", () => visit("/", async (page) => {
  await settled(page);
  await until(async () => {
    await page.locator(".table").evaluate((table) => { table.scrollTop = 32 * 250; });
    assert.ok(Number(await page.locator("tr[data-id]").first().getAttribute("aria-rowindex")) > 200);
  });
  const top = () => page.locator(".table").evaluate((table) => {
    const edge = table.getBoundingClientRect().top + 33;
    const row = [...table.querySelectorAll("tr[data-id]")].find((one) => one.getBoundingClientRect().top >= edge);
    return [row.dataset.id, Math.round(row.getBoundingClientRect().top)];
  });
  await until(async () => assert.ok((await top())[0]));
  const before = await top();
  const read = (await asked(held.server, "events?limit=400")).events.find(({ id }) => id === before[0]);
  await held.server.send([record({ time: Date.parse(read.time) - 1, event: "acme.late", status: "success", object: "Late below" })]);
  const bar = page.locator("button.bar-new");
  await until(async () => assert.match(await bar.innerText(), /1 new event/));
  await bar.click();
  await until(async () => assert.ok((await column(page, "Object name")).includes("Late below")));
  await bar.waitFor({ state: "detached" });
  assert.equal((await top())[0], before[0]);
}));

test("live keeps to what is filtered", () => visit("/?live=1&object=Wanted", async (page) => {
  await page.locator(".hollow").waitFor();
  await held.server.send([news("Unwanted"), news("Wanted")]);
  await until(async () => assert.deepEqual(await column(page, "Object name"), ["Wanted"]));
}));

test("live says how much arrives of what is asked for", () => visit("/?live=1&object=Paced", async (page) => {
  await page.locator(".hollow").waitFor();
  const live = page.getByRole("button", { name: /^Live/ });
  await held.server.send([news("Unpaced"), news("Unpaced")]);
  await until(async () => assert.match(await live.innerText(), /^Live\s*0\/min$/));
  const { width } = await live.boundingBox();
  await held.server.send(Array.from({ length: 6 }, () => news("Paced")));
  await until(async () => assert.match(await live.innerText(), /[1-9]\d*\/(min|s)$/));
  assert.equal((await live.boundingBox()).width, width, "it does not grow as it counts");
  assert.match(await live.getAttribute("aria-label"), /^Live [1-9]\d*\/(min|s)$/);
  await accessible(page, "live, with its rate");
  await live.click();
  await until(async () => assert.equal((await live.innerText()).trim(), "Live"));
}));

test("live comes back after the server was away", () => visit("/?live=1", async (page) => {
  await settled(page);
  await page.mouse.move(5, 5);
  await held.server.kill();
  await held.server.restart();
  await held.server.send([news("After the pause")]);
  await until(async () => assert.equal((await column(page, "Object name"))[0], "After the pause"), 60_000);
}, { expected: [/ERR_CONNECTION_REFUSED/, /ERR_EMPTY_RESPONSE/, /ERR_CONNECTION_RESET/, /ERR_INCOMPLETE_CHUNKED/] }));

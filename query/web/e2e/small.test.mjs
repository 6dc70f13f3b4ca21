// Small things that one trips over: fields, lists, words, titles, what opens and closes.

import assert from "node:assert/strict";
import { test } from "node:test";

import { accessible, NARROW, PHONE } from "./browser.mjs";
import { traffic } from "./seed.mjs";
import { record } from "./server.mjs";
import { asked, chip, params, settled, until, world } from "./suite.mjs";

const LONG = "A status that somebody wrote as a whole sentence";
const held = world(async (server) => {
  await server.send(traffic({ count: 300, seed: 12 }));
  await server.send([
    record({ time: Date.now() - 60_000, event: "acme.checked", status: LONG, occurred_in: "A context with a name of some length", person: "person-of-the-small" }),
    ...Array.from({ length: 40 }, (_, at) => record({ time: Date.now() - 90_000 - at, event: "acme.ran", status: at === 7 ? "failure" : "success", object: `Object ${String(at).padStart(2, "0")}` })),
  ]);
});
const { visit } = held;
const panel = (page) => page.getByRole("complementary", { name: "Details" });

/** Whether no two of these lie over each other, and all within what holds them. */
const apart = (page, within, path) => page.locator(within).evaluate((one, path) => {
  const room = one.getBoundingClientRect();
  const boxes = [...one.querySelectorAll(path)].map((field) => field.getBoundingClientRect());
  const over = boxes.flatMap((box, at) => boxes.slice(at + 1).filter((other) => box.left < other.right - 1 && other.left < box.right - 1 && box.top < other.bottom - 1 && other.top < box.bottom - 1));
  return { over: over.length, out: boxes.filter(({ left, right }) => left < room.left || right > room.right).length, count: boxes.length };
}, path);

for (const viewport of [NARROW, PHONE]) {
  test(`fields of the help lie apart, and only the help scrolls, at ${viewport.width}`, () => visit("/", async (page) => {
    await settled(page);
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: /^Help/ }).waitFor();
    assert.deepEqual(await apart(page, "dialog.help", ".builder .field"), { over: 0, out: 0, count: 5 });
    assert.deepEqual(await page.locator("dialog.help *").evaluateAll((all) => all.filter((one) => one.scrollHeight > one.clientHeight + 1 && ["auto", "scroll"].includes(getComputedStyle(one).overflowY)).map((one) => one.className)), []);
  }, { viewport }));
}

for (const { viewport, touched, headings } of [
  { viewport: NARROW, touched: false, headings: ["Shortcuts", "Searching", "Links from other systems"] },
  { viewport: PHONE, touched: false, headings: ["Searching", "Links from other systems", "Shortcuts"] },
  { viewport: PHONE, touched: true, headings: ["Searching", "Links from other systems"] },
]) {
  test(`the help begins with what helps at ${viewport.width}${touched ? " by touch, and has no keys" : ""}`, () => visit("/", async (page) => {
    await settled(page);
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: /^Help/ });
    await help.waitFor();
    assert.deepEqual(await help.getByRole("heading").allInnerTexts(), headings);
    assert.equal(await help.locator("kbd").count() > 0, headings.includes("Shortcuts"));
    // The way out stays in sight, and beside the first heading.
    const [close, first] = [await help.getByRole("button", { name: "Close" }).boundingBox(), await help.getByRole("heading").first().boundingBox()];
    assert.ok(Math.abs(close.y + close.height / 2 - first.y - first.height / 2) <= 8 && close.x > first.x, JSON.stringify([close, first]));
    await help.evaluate((one) => one.scrollTo(0, one.scrollHeight));
    await help.getByRole("button", { name: "Close" }).click();
    await help.waitFor({ state: "detached" });
  }, { viewport, hasTouch: touched }));
}

test("a list of values begins with those that there are with the filters", () => visit("/?status=failure", async (page) => {
  await settled(page);
  await chip(page, "Object name").click();
  const menu = page.getByRole("dialog", { name: "Object name", exact: true });
  await menu.locator(".val").first().waitFor();
  const counts = await menu.locator(".val").evaluateAll((all) => all.map((one) => Number(one.querySelector("i").textContent.replace(/\D/g, ""))));
  assert.deepEqual(counts, counts.toSorted((one, other) => other - one));
  assert.ok((await menu.locator(".val").allInnerTexts()).some((text) => text.includes("Object 07")), "one of many, and it failed once");
}));

test("a status and a context that are long are cut with a sign, and touch nothing", () => visit("/?event=acme.checked", async (page) => {
  await settled(page);
  const cells = await page.locator("tr[data-id]").first().locator("td").evaluateAll((all) => all.slice(1, 3).map((one) => {
    const words = [...one.querySelectorAll("*")].findLast((part) => part.children.length === 0 && part.textContent.trim() !== "");
    return { sign: getComputedStyle(words).textOverflow, within: words.getBoundingClientRect().right <= one.getBoundingClientRect().right };
  }));
  assert.deepEqual(cells, [{ sign: "ellipsis", within: true }, { sign: "ellipsis", within: true }]);
}));

test("a derived column says once of what it was made", () => visit("/?event=acme.checked", async (page) => {
  await settled(page);
  await page.locator("tr[data-id] td").first().click();
  await panel(page).getByRole("treeitem").first().waitFor();
  for (const text of await panel(page).locator(".from").allInnerTexts()) assert.doesNotMatch(text, /derived.*derived/);
}));

test("an address without a page says so to a browser", () => visit("/nonsense", async (page) => {
  assert.match(await page.evaluate(() => document.contentType), /html/);
  await page.getByRole("link").first().waitFor();
}, { expected: [/404 \(Not Found\)/] }));

test("the period is typed in the page's own clock of 24 hours", () => visit("/?from=2026-03-01T13:05:00Z&to=2026-03-01T15:05:00Z&tz=utc", async (page) => {
  await page.locator("[data-period]").click();
  const menu = page.getByRole("dialog", { name: "Period" });
  assert.match(await menu.getByRole("textbox").first().inputValue(), /2026-03-01 13:05/);
}, { locale: "en-US" }));

test("Enter on a search closes the suggestions", () => visit("/", async (page) => {
  await settled(page);
  await page.getByRole("combobox", { name: "Search" }).fill("cart");
  await page.keyboard.press("Enter");
  await until(() => assert.equal(params(page).get("q"), "cart"));
  await settled(page);
  assert.equal(await page.getByRole("listbox", { name: "Suggestions" }).count(), 0);
}));

test("columns are found by a part of their name", () => visit("/", async (page) => {
  await settled(page);
  await page.getByRole("button", { name: "Choose columns" }).click();
  const menu = page.getByRole("dialog", { name: "Columns" });
  await menu.getByRole("searchbox").fill("order.num");
  await until(async () => assert.match(await menu.innerText(), /order\.number/));
  await until(async () => assert.doesNotMatch(await menu.innerText(), /geo\.country/));
}));

test("a phone has the export", () => visit("/?status=failure", async (page) => {
  await settled(page);
  await page.getByRole("button", { name: "More" }).tap();
  await page.locator(".mi", { hasText: "Export" }).tap();
  const dialog = page.getByRole("dialog", { name: "Export" });
  await dialog.waitFor();
  await accessible(page, "the export on a phone");
  const [download] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "Export", exact: true }).tap()]);
  assert.match(download.suggestedFilename(), /\.csv$/);
}, { viewport: PHONE }));

test("a phone shows what was found", () => visit("/?q=cart", async (page) => {
  await settled(page);
  const marks = await page.locator(".card mark").evaluateAll((all) => all.map((one) => [one.getBoundingClientRect().right, one.closest(".cut").getBoundingClientRect().right]));
  assert.ok(marks.length > 0);
  assert.ok(marks.every(([mark, room]) => mark <= room + 1), JSON.stringify(marks));
}, { viewport: PHONE }));

test("one version has heads above their numbers", () => visit("/hotspots?object=Object+07", async (page) => {
  await page.locator("table.heat tbody tr").first().waitFor();
  const sides = await page.locator("table.heat").evaluate((table) => [...table.querySelectorAll("thead tr:last-child th")].slice(1).map((head, at) => [getComputedStyle(head).textAlign, getComputedStyle(table.querySelectorAll("tbody tr:first-child td")[at]).textAlign]));
  assert.ok(sides.length >= 5 && sides.every(([head, cell]) => head === cell), JSON.stringify(sides));
}));

test("what went wrong is told once, as a sentence, and not what is untrue", () => visit("/", async (page) => {
  await settled(page);
  await page.route("**/api/v1/{events,histogram}?*", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify({ title: "Busy", detail: "too many questions wait; try again in 5 s", status: 503 }) }));
  await chip(page, "Status").click();
  await page.getByRole("dialog", { name: "Status" }).getByRole("checkbox", { name: /Failure/ }).click();
  await page.getByText("The log did not load").waitFor();
  const told = await page.locator(".main").innerText();
  assert.match(told, /^Too many questions wait; try again in 5 s\.$/m);
  assert.doesNotMatch(told, /\.\.|not touched/);
}, { expected: [/503/] }));

test("a view that was saved is told beside nothing else", () => visit("/?status=failure", async (page) => {
  await settled(page);
  const { total } = await asked(held.server, "histogram?status=failure&buckets=1");
  await page.getByRole("button", { name: "Views" }).click();
  const menu = page.getByRole("dialog", { name: "Saved views" });
  await menu.getByRole("button", { name: "Save this view" }).click();
  await menu.getByRole("textbox", { name: "Name of the view" }).fill("Failures of the small");
  await page.keyboard.press("Enter");
  const line = menu.locator(".mi", { hasText: "Failures of the small" });
  await line.waitFor();
  await until(async () => assert.match(await line.innerText(), new RegExp(String(total))));
  const boxes = await line.evaluate((one) => [...one.querySelectorAll("svg, .quiet")].filter((part) => part.checkVisibility({ opacityProperty: true })).map((part) => part.getBoundingClientRect()).filter(({ width }) => width > 0).map(({ left, right }) => [left, right]).sort(([a], [b]) => a - b));
  assert.ok(boxes.every(([left], at) => at === 0 || left >= boxes[at - 1][1] + 2), JSON.stringify(boxes));
}));

for (const width of [702, 730, 760]) {
  test(`all of the top bar is in the window at ${width}`, () => visit("/", async (page) => {
    await settled(page);
    const bar = await page.locator(".top").evaluate((top) => ({ right: Math.max(...[...top.querySelectorAll("button, a")].map((one) => one.getBoundingClientRect().right)), heights: [...top.querySelectorAll(".nav a")].map((one) => one.getBoundingClientRect().height) }));
    assert.ok(bar.right <= width, JSON.stringify(bar));
    assert.ok(bar.heights.every((height) => height <= 30), "no name is in two lines");
  }, { viewport: { width, height: 800 } }));
}

test("an identifier of any length stays within an empty page", () => visit(`/i/${"x".repeat(600)}`, async (page) => {
  await page.locator(".hollow").waitFor();
  const right = await page.locator(".hollow").evaluate((one) => Math.max(...[...one.querySelectorAll("*")].map((part) => part.getBoundingClientRect().right)));
  assert.ok(right <= NARROW.width, `${right} px`);
}, { viewport: NARROW, expected: [/404/] }));

test("an empty log says that nothing happened where nothing is filtered", () => visit("/?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z", async (page) => {
  const hollow = page.locator(".hollow");
  await hollow.waitFor();
  assert.match(await hollow.innerText(), /Nothing happened in this period\. [\d,]+ events happened in all of time\./);
}));

test("a list of values counts none before they are there", () => visit("/", async (page) => {
  await settled(page);
  let answer;
  await page.route("**/api/v1/facets?*", async (route) => { await new Promise((done) => { answer = done; }); await route.continue(); });
  await chip(page, "Object name").click();
  const menu = page.getByRole("dialog", { name: "Object name" });
  await menu.getByText("Loading…").waitFor();
  assert.doesNotMatch(await menu.innerText(), /0 values/);
  answer();
  await menu.getByText(/^\d+ values$/).waitFor();
}));

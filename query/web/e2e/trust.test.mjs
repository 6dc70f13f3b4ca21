// What one must be able to rely on: identifiers, names, times, what is new, what is open, and what is heard or printed.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { accessible, NARROW, PHONE, fits } from "./browser.mjs";
import { HOUR, MINUTE, traffic } from "./seed.mjs";
import { record } from "./server.mjs";
import { asked, chip, column, ids, params, settled, until, world } from "./suite.mjs";

const now = Date.now();
const people = Array.from({ length: 6 }, (_, at) => `customer-of-the-shop-${at}00000001`);
const waits = { interaction: "interaction-that-waits", person: people[0], occurred_in: "journey", object: "Welcome series", version: "3", performed_by: "system", performed_by_type: "system" };
const held = world(async (server) => {
  await server.send(traffic({ count: 300, seed: 9 }));
  await server.send(people.map((person, at) => record({ time: now - 30_000 - at, event: "chatbot.message.sent", status: "success", occurred_in: "chatbot", object: "Shared ends", person })));
  await server.send([
    record({ time: now - 31_000, event: "message.sent", status: "success", occurred_in: "message", object: "Shared name", person: people[1] }),
    record({ time: now - 32_000, event: "acme.\u202Eder", status: "success", object: "abc\u202Egnp.exe", element: "مرحبا بكم في متجرنا الكبير جدا جدا جدا جدا" }),
    record({ time: now + 10 * MINUTE, event: "acme.ahead", status: "failure", reason: "a clock that leads", object: "Ahead" }),
    record({ ...waits, time: now - 72 * HOUR, event: "journey.started", status: "in_progress" }),
    record({ ...waits, time: now - 72 * HOUR + 1_000, event: "journey.wait.started", status: "in_progress", element: "Wait for reply", element_type: "wait" }),
  ]);
  const many = { interaction: "interaction-of-many", person: people[2], occurred_in: "journey", object: "Shop", performed_by: "system", performed_by_type: "system" };
  await server.send(Array.from({ length: 130 }, (_, at) => record({ ...many, time: now - 3 * HOUR + at * 1_000, event: at === 0 ? "journey.started" : "journey.api.called", status: at === 0 ? "in_progress" : at > 9 ? "failure" : "success", element: "Pay", reason: at > 9 ? "HTTP 503" : undefined })));
});
const { visit } = held;
const panel = (page) => page.getByRole("complementary", { name: "Details" });
/** The cells of a column. */
async function cellsOf(page, head) {
  const heads = await page.locator("table.log thead th").allInnerTexts();
  return page.locator(`tr[data-id] td:nth-child(${heads.findIndex((text) => text.trim() === head) + 1})`);
}
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

for (const viewport of [{ width: 1440, height: 900 }, NARROW, { width: 1920, height: 1080 }]) {
  test(`identifiers that differ before their ends are told apart at ${viewport.width}`, () => visit("/?object=Shared+ends", async (page) => {
    await settled(page);
    const seen = await (await cellsOf(page, "Person ID")).locator(".idt").evaluateAll((all) => all.map((one) => {
      const head = one.querySelector(".id-head");
      const end = one.querySelector(".id-end").getBoundingClientRect();
      const cell = one.closest("td").getBoundingClientRect();
      return { whole: one.textContent, sight: end.right <= cell.right + 1 && end.width > 20, cut: head !== null && head.scrollWidth > head.clientWidth, tail: one.querySelector(".id-end").textContent };
    }));
    assert.deepEqual(new Set(seen.map(({ whole }) => whole)), new Set(people));
    assert.ok(seen.every(({ sight }) => sight), "the end is always in sight");
    assert.ok(seen.every(({ cut, tail, whole }) => !cut || tail === whole.slice(-8)));
  }, { viewport }));
}

test("an identifier is copied whole, from the cell and by selecting it", () => visit("/?object=Shared+ends", async (page) => {
  await settled(page);
  const cell = (await cellsOf(page, "Person ID")).first();
  const whole = await cell.locator(".idt").getAttribute("title");
  assert.equal(await cell.locator(".idt").evaluate((one) => { getSelection().selectAllChildren(one); const text = String(getSelection()); getSelection().removeAllRanges(); return text; }), whole);
  await cell.hover();
  const copy = cell.getByRole("button", { name: /^Copy Person ID/ });
  await copy.waitFor();
  const [end, acts] = [await cell.locator(".id-end").boundingBox(), await cell.locator(".cell-acts").boundingBox()];
  assert.ok(acts.x >= end.x + end.width - 1, "what one reads is not covered");
  await copy.click();
  await until(async () => assert.equal(await clipboard(page), whole));
}));

test("chips of identifiers that end alike are told apart", () => visit(`/?person=${people[0]}`, async (page) => {
  await settled(page);
  const one = await chip(page, "Person ID").innerText();
  await page.goto(`${held.server.page}/?person=${people[1]}`);
  await settled(page);
  assert.notEqual(await chip(page, "Person ID").innerText(), one);
  assert.equal(await chip(page, "Person ID").locator("b").getAttribute("title"), people[1], "whole under the pointer");
}));

test("names that several events share are told apart in the list and on the chip", () => visit("/", async (page) => {
  await settled(page);
  await chip(page, "Event").click();
  const menu = page.getByRole("dialog", { name: "Event name", exact: true });
  await menu.locator(".val").first().waitFor();
  const names = (await menu.locator(".val .pick").allInnerTexts()).map((text) => text.trim());
  assert.equal(new Set(names).size, names.length, names.join("|"));
  await menu.getByRole("checkbox", { name: /^Message sent, Chatbot/ }).click();
  await until(() => assert.equal(params(page).get("event"), "chatbot.message.sent"));
  assert.match(await chip(page, "Event").innerText(), /Message sent, Chatbot/);
}));

test("a text cannot turn what stands beside it, and a name keeps its beginning", () => visit("/?object=abc%E2%80%AEgnp.exe&cols=object,element,time", async (page) => {
  await settled(page);
  const cells = page.locator("tr[data-id] td");
  assert.doesNotMatch(await cells.first().innerText(), /\u202E/);
  assert.equal(await cells.nth(1).evaluate((one) => getComputedStyle(one).direction), "rtl");
}));

test("a time that is ahead says so on its row", () => visit("/?object=Ahead", async (page) => {
  await settled(page);
  assert.match(await page.locator("tr[data-id] .ahead").getAttribute("aria-label"), /clock is ahead/);
  assert.equal((await page.locator(".total").innerText()).trim(), "1 event", "it is counted as well");
}));

test("what is new moves no row, and a further filter moves nothing below", () => visit("/?status=failure", async (page) => {
  await settled(page);
  const top = async () => (await page.locator("tr[data-id]").first().boundingBox()).y;
  const before = await top();
  await held.server.send([record({ time: Date.now(), event: "acme.new", status: "failure", object: "New" })]);
  await page.locator("button.bar-new").waitFor();
  assert.equal(await top(), before);
  await page.goto(`${held.server.page}/?status=failure&status=timed_out&object=Welcome&object=Abandoned+cart&event=journey.api.called&event=journey.message.sent&version=7&version=8&performed_by=system`);
  await settled(page);
  assert.equal(await top(), before);
  assert.ok(await page.getByRole("button", { name: "Clear filters" }).isVisible());
}));

test("a server that is away is told of beside what is shown", () => visit("/", async (page) => {
  await settled(page);
  const top = async () => (await page.locator("tr[data-id]").first().boundingBox()).y;
  const before = await top();
  await page.route("**/api/v1/events?*", (route) => route.abort("connectionrefused"));
  await page.getByText("Not up to date.").waitFor();
  assert.equal(await top(), before, "it moves no row");
  await page.unroute("**/api/v1/events?*");
  await page.getByText("Not up to date.").waitFor({ state: "detached" });
}, { expected: [/ERR_CONNECTION_REFUSED/] }));

test("what has not ended says for how long", () => visit("/i/interaction-that-waits", async (page) => {
  await page.locator("section.steps tr[data-id]").first().waitFor();
  assert.match(await page.locator(".ihead h1").innerText(), /has waited for 3 d.* at Wait for reply/);
  assert.match(await page.locator(".facts").innerText(), /waiting for 3 d/);
  assert.match(await page.locator("section.steps tr[data-id] .st").last().innerText(), /^Not ended, 3 d$/);
  assert.doesNotMatch(await page.locator(".ihead").innerText(), /Took/);
}));

test("what failed again and again is one line of the transcript", () => visit("/i/interaction-of-many", async (page) => {
  await page.locator("section.steps tr[data-id]").first().waitFor();
  assert.match(await page.locator(".talk .note").allInnerTexts().then((all) => all.join("|")), /^Pay failed, HTTP 503, 120 times in 1 min 59 s$/);
}));

test("on a phone the interaction scrolls in one piece, with what failed first", () => visit("/i/interaction-of-many", async (page) => {
  await page.locator("section.steps tr[data-id]").first().waitFor();
  const scrollers = await page.evaluate(() => [...document.querySelectorAll("body *")].filter((one) => one.scrollHeight > one.clientHeight + 1 && ["auto", "scroll"].includes(getComputedStyle(one).overflowY)).map((one) => one.className));
  assert.deepEqual(scrollers.filter((name) => !/whole/.test(name)), [], "one thing scrolls");
  assert.equal(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight + 1), true, "the document itself does not");
  assert.ok((await page.locator("section.steps tr[data-id] .st").allInnerTexts()).every((text) => /Failure/.test(text)));
  await page.getByRole("button", { name: "Show all 130 steps" }).tap();
  await until(async () => assert.equal(await page.locator("section.steps tr[data-id]").count(), 130));
  const end = await page.locator(".whole").evaluate((one) => { one.scrollTop = one.scrollHeight; return one.scrollTop; });
  assert.ok(end > 1_000);
  const last = await page.locator(".whole .time").boundingBox();
  assert.ok(last.y < PHONE.height, "the end is something, not a blank");
  await fits(page, "the interaction");
}, { viewport: PHONE }));

test("rows are walked by arrows, their cells filter, and the details take the focus", () => visit("/", async (page) => {
  await settled(page);
  await page.keyboard.press("Tab");
  await page.getByRole("button", { name: "Skip to the content" }).press("Enter");
  const focus = () => page.evaluate(() => document.activeElement?.getAttribute("data-id"));
  const all = await ids(page);
  await until(async () => assert.equal(await focus(), all[0]));
  await page.keyboard.press("ArrowDown");
  await until(async () => assert.equal(await focus(), all[1]));
  for (let at = 0; at < 4; at += 1) await page.keyboard.press("ArrowRight");
  await until(async () => assert.match(await page.locator(".table [role=status]").first().innerText(), /^Object name: /));
  await page.keyboard.press("Enter");
  await until(async () => assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H2"));
  await page.keyboard.press("Escape");
  await until(async () => assert.equal(await focus(), all[1]));
  const object = (await column(page, "Object name"))[1];
  await page.keyboard.press("f");
  await until(() => assert.equal(params(page).get("object"), object));
  await settled(page);
  await until(async () => assert.match(await page.locator("p.sr[role=status]").first().textContent(), /^\d+ events?, /));
}));

test("every row has a name and a button, and no word runs into the next", () => visit("/", async (page) => {
  await settled(page);
  const row = page.locator("tr[data-id]").first();
  assert.equal(await row.getByRole("button", { name: "Open details" }).count(), 1);
  assert.match(await row.locator("time").innerText(), /^\d+ \w+\s+\d\d:\d\d/);
  await accessible(page, "the log");
}));

test("on paper there is all that is loaded, with reasons and whole ids", () => visit("/?status=failure", async (page) => {
  await settled(page);
  const { events } = await asked(held.server, "events?status=failure&limit=1000");
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await until(async () => {
    // Two pages at least; on paper the end of them is in sight, which loads another.
    const ids = await page.locator("tr[data-id]").evaluateAll((all) => all.map((row) => row.dataset.id));
    assert.ok(ids.length >= 100, `${ids.length} rows`);
    assert.deepEqual(ids, events.slice(0, ids.length).map(({ id }) => id));
  });
  assert.equal(await page.locator(".histo, .tools").first().isVisible(), false);
  const shown = await page.evaluate(() => ({ height: document.documentElement.scrollHeight, row: [...document.querySelectorAll("tr[data-id]")].at(-1).getBoundingClientRect().bottom }));
  assert.ok(shown.height >= shown.row - 1, "nothing is cut at the first page");
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  await page.emulateMedia({ media: "screen" });
}));

test("at 200 % the details lie over the table, and nothing overlaps", () => visit("/", async (page) => {
  await settled(page);
  const marks = await page.locator(".axis span").evaluateAll((all) => all.map((one) => one.getBoundingClientRect()).map(({ left, right }) => [left, right]).sort(([one], [other]) => one - other));
  assert.ok(marks.every(([left], at) => at === 0 || left >= marks[at - 1][1]), JSON.stringify(marks));
  await page.locator("tr[data-id] td").nth(1).click();
  await panel(page).locator(".said h2").waitFor();
  assert.ok((await panel(page).boundingBox()).width >= 500);
  await page.keyboard.press("Escape");
  await page.goto(`${held.server.page}/hotspots`);
  await page.locator("a.obj").first().waitFor();
  await fits(page, "hot-spots");
}, { viewport: { width: 720, height: 450 } }));

test("the reason has room, also where columns were widened", () => visit("/?status=failure&cols=event:300,status,object:300,person:300,interaction:300,time", async (page) => {
  await settled(page);
  await until(async () => assert.ok((await page.locator("table.log thead th").last().boundingBox()).width >= 175));
}));

test("what events mean can be looked up, found, and shown in the log", () => visit("/events", async (page) => {
  await page.getByRole("heading", { name: "What events mean" }).waitFor();
  await until(async () => assert.ok((await page.locator(".catalogue dt").count()) > 80));
  await page.getByRole("searchbox", { name: "Find an event" }).fill("undeliverable");
  await until(async () => assert.ok((await page.locator(".catalogue dt").count()) < 5));
  await accessible(page, "the catalogue");
  await page.reload();
  await page.getByRole("link", { name: "Message undeliverable" }).click();
  await until(() => assert.equal(params(page).get("event"), "message.undeliverable"));
}));

test("a file has one line per person, and what is always wanted of an event", () => visit("/?status=failure", async (page) => {
  await settled(page);
  const wanted = new Set((await asked(held.server, "events?status=failure&limit=1000")).events.map(({ person }) => person).filter(Boolean));
  await page.getByRole("button", { name: "Export" }).click();
  const dialog = page.getByRole("dialog", { name: "Export" });
  const file = async () => {
    const [download] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "Export", exact: true }).click()]);
    return readFile(await download.path(), "utf8");
  };
  const [head] = (await file()).replace(/^\uFEFF/, "").split("\r\n");
  for (const name of ["element", "reason"]) assert.ok(head.split(",").includes(name), head);
  await dialog.getByRole("button", { name: "People" }).click();
  const lines = (await file()).replace(/^\uFEFF/, "").trimEnd().split("\r\n");
  assert.deepEqual(new Set(lines.slice(1).map((line) => line.split(",")[0])), wanted);
  // By the reader's clock, and with the count of what the file has.
  const [heads, ...cells] = lines.map((line) => line.split(","));
  for (const row of cells) for (const name of ["first", "last"]) assert.match(row[heads.indexOf(name)], /^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d/);
  assert.match(await dialog.getByRole("status").innerText(), new RegExp(`^${wanted.size} people saved`));
}));

test("an export that is refused says the server's reason", () => visit("/", async (page) => {
  await settled(page);
  await page.route("**/api/v1/export?*", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify({ title: "Busy", detail: "too many exports run; try again in 5 s", status: 503 }) }));
  await page.getByRole("button", { name: "Export" }).click();
  const dialog = page.getByRole("dialog", { name: "Export" });
  await dialog.getByRole("button", { name: "Export", exact: true }).click();
  await until(async () => assert.match(await dialog.getByRole("alert").innerText(), /too many exports run; try again in 5 s/));
}, { expected: [/503/] }));

test("events without a value are asked for by a press", () => visit("/", async (page) => {
  await settled(page);
  await chip(page, "Conversation ID").click();
  const menu = page.getByRole("dialog", { name: "Conversation ID", exact: true });
  await menu.getByRole("button", { name: "Has none" }).click();
  await until(() => assert.equal(params(page).get("conversation"), "!*"));
  assert.match(await chip(page, "Conversation ID").innerText(), /none/);
  await until(async () => assert.ok((await column(page, "Conversation ID")).every((text) => text.trim() === "–")));
}));

test("tabs of the browser are told apart", async () => {
  await visit("/?object=Ahead&status=failure", async (page) => { await settled(page); assert.match(await page.title(), /Ahead.*Failure|Failure.*Ahead/); });
  await visit("/i/interaction-that-waits", async (page) => { await page.locator("section.steps tr[data-id]").first().waitFor(); assert.match(await page.title(), /Welcome series/); });
  await visit("/hotspots?object=Welcome", async (page) => { await page.locator("a.obj").first().waitFor(); assert.match(await page.title(), /Welcome/); });
});

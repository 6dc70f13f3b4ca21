// The ten filters, as chips.

import assert from "node:assert/strict";
import { test } from "node:test";

import { traffic } from "./seed.mjs";
import { asked, chip, column, params, settled, until, world } from "./suite.mjs";

const held = world((server) => server.send(traffic({ count: 400, hours: 20 })));
const { visit } = held;

const TEN = ["Last 24 hours", "Event", "Status", "Occurred in", "Object name", "Version ID", "Element", "Person ID", "Interaction ID", "Conversation ID"];
const total = async (page) => Number((await page.locator(".histo .total").innerText()).replace(/\D/g, ""));
const list = (page, name) => page.getByRole("dialog", { name, exact: true });
/** The values of an open list with their two counts, in order. */
const values = (page, name) => list(page, name).locator("li.val").evaluateAll((rows) => rows.map((row) => {
  const [matching, all] = [...row.querySelectorAll("i")].map((count) => Number(count.textContent.replace(/\D/g, "")));
  return { value: row.querySelector(".cut").title, matching, all };
}));
const open = async (page, name) => {
  await chip(page, name).click();
  await list(page, name).locator("li.val").first().waitFor();
};

test("there are ten, the period first", () => visit("/", async (page) => {
  await settled(page);
  const shown = await page.getByRole("region", { name: "Filters" }).locator("button.chip").allInnerTexts();
  assert.deepEqual(shown.map((text) => text.trim()), TEN);
}));

for (const [name, parameter] of [["Event", "event"], ["Status", "status"], ["Occurred in", "occurred_in"], ["Object name", "object"], ["Version ID", "version"], ["Element", "element"]]) {
  test(`${name} has a list of values with counts, and one of them filters`, () => visit("/", async (page) => {
    await settled(page);
    const label = name === "Event" ? "Event name" : name;
    await chip(page, name).click();
    await list(page, label).locator("li.val").first().waitFor();
    const { facets } = await asked(held.server, `facets?columns=${parameter}&limit=200`);
    const wanted = facets[parameter].values.filter(({ value }) => value !== "");
    assert.deepEqual((await values(page, label)).map(({ value, matching, all }) => [value, matching, all]), wanted.map(({ value, matching, count }) => [value, matching, count]));
    await list(page, label).getByRole("checkbox").first().click();
    await until(() => assert.equal(params(page).get(parameter), wanted[0].value));
    await settled(page);
    await until(async () => assert.equal(await total(page), wanted[0].count));
    await page.keyboard.press("Escape");
    await list(page, label).waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement?.classList.contains("chip")), true, "the focus returns to the chip");
    await page.getByRole("button", { name: `Remove the filter ${label}` }).click();
    await until(async () => assert.equal(await total(page), 400));
  }));
}

test("several values, only one, excluded, and cleared", () => visit("/", async (page) => {
  await settled(page);
  await open(page, "Status");
  const pick = (name) => list(page, "Status").getByRole("checkbox", { name: new RegExp(`^${name},`) });
  const row = (name) => list(page, "Status").locator("li.val").filter({ has: page.getByRole("checkbox", { name: new RegExp(`^${name},`) }) });
  await pick("Failure").click();
  await pick("Timed out").click();
  await until(() => assert.deepEqual(params(page).getAll("status"), ["failure", "timed_out"]));
  await settled(page);
  await until(async () => assert.deepEqual(new Set(await column(page, "Status")), new Set(["Failure", "Timed out"])));
  assert.equal(await pick("Failure").getAttribute("aria-checked"), "true");
  await row("Success").hover();
  await row("Success").getByRole("button", { name: "Only" }).click();
  await until(() => assert.deepEqual(params(page).getAll("status"), ["success"]));
  await row("Success").hover();
  await row("Success").getByRole("button", { name: "Exclude" }).click();
  await until(() => assert.deepEqual(params(page).getAll("status"), ["!success"]));
  assert.equal(await pick("Success").getAttribute("aria-checked"), "mixed");
  await until(async () => assert.equal((await column(page, "Status")).includes("Success"), false));
  assert.match((await chip(page, "Status").innerText()).replace(/\s+/g, " "), /Status not Success/);
  await list(page, "Status").getByRole("button", { name: "Clear" }).click();
  await until(() => assert.deepEqual(params(page).getAll("status"), []));
}));

test("a choice in one changes no values of another, only the counts beside them", () => visit("/?version=7", async (page) => {
  await settled(page);
  await open(page, "Object name");
  const before = await values(page, "Object name");
  const whole = (await asked(held.server, "facets?columns=object&limit=200")).facets.object.values;
  assert.deepEqual(before.map(({ value, all }) => [value, all]), whole.map(({ value, count }) => [value, count]), "all values, with their counts in the period");
  assert.ok(before.every(({ matching, all }) => matching < all));
  await page.goto(`${held.server.page}/?object=Order+helper`);
  await settled(page);
  await open(page, "Occurred in");
  const contexts = await values(page, "Occurred in");
  assert.deepEqual(contexts.map(({ value, matching }) => [value, matching > 0]).sort(), [["chatbot", true], ["journey", false]], "nothing is hidden: what has no match shows 0");
  assert.equal(await list(page, "Occurred in").locator("li.val.zero").count(), 1);
}));

test("values are found by a part of their name", () => visit("/", async (page) => {
  await settled(page);
  await open(page, "Object name");
  await list(page, "Object name").getByRole("searchbox").fill("Aban");
  await until(async () => assert.deepEqual((await values(page, "Object name")).map(({ value }) => value), ["Abandoned cart"]));
}));

for (const [name, parameter, of] of [["Person ID", "person", "person"], ["Interaction ID", "interaction", "interaction"], ["Conversation ID", "conversation", "conversation"]]) {
  test(`${name} is typed, or pasted with others`, () => visit("/", async (page) => {
    await settled(page);
    const { events } = await asked(held.server, "events?limit=200");
    const [one, two] = [...new Set(events.map((event) => event[of]).filter(Boolean))];
    await chip(page, name).click();
    await list(page, name).getByRole("textbox").pressSequentially(one);
    await page.keyboard.press("Enter");
    await until(() => assert.deepEqual(params(page).getAll(parameter), [one]));
    const count = async (query) => (await asked(held.server, `count?${query}`)).count;
    const first = await count(new URLSearchParams([[parameter, one]]));
    await until(async () => assert.equal(await total(page), first));
    await chip(page, name).click();
    await page.evaluate((text) => navigator.clipboard.writeText(text), `"${one}",\n ${two};`);
    await list(page, name).getByRole("textbox").focus();
    await page.keyboard.press("Control+v");
    await page.keyboard.press("Enter");
    await until(() => assert.deepEqual(params(page).getAll(parameter), [one, two]));
    const both = await count(new URLSearchParams([[parameter, one], [parameter, two]]));
    assert.ok(both > first);
    await until(async () => assert.equal(await total(page), both));
    await chip(page, name).click();
    await list(page, name).getByRole("button", { name: `Exclude ${one}` }).click();
    await until(() => assert.deepEqual(params(page).getAll(parameter), [`!${one}`, two]));
  }));
}

test("the period is relative, or from and to by the clock of the zone", () => visit("/?tz=utc", async (page) => {
  await settled(page);
  await chip(page, "Last 24 hours").click();
  const menu = list(page, "Period");
  await menu.getByRole("button", { name: "Last hour" }).click();
  await until(() => assert.equal(params(page).get("from"), "now-1h"));
  const period = () => new URLSearchParams([...params(page)].filter(([name]) => name === "from" || name === "to"));
  const count = async () => (await asked(held.server, `count?${period()}`)).count;
  const hour = await count();
  assert.ok(hour > 0 && hour < 400);
  await until(async () => assert.equal(await total(page), hour));

  const start = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 5 * 3_600_000;
  const clock = (at) => new Date(at).toISOString().slice(0, 16);
  await chip(page, "Last hour").click();
  await menu.getByLabel("From").fill(clock(start));
  await menu.getByLabel("To").fill(clock(start - 60_000));
  await until(async () => assert.match(await menu.getByRole("status").innerText(), /not after the beginning/));
  assert.ok(await menu.getByRole("button", { name: "Apply" }).isDisabled());
  await menu.getByLabel("From").fill(clock(start));
  await menu.getByLabel("To").fill(clock(start + 7_200_000));
  await menu.getByRole("button", { name: "Apply" }).click();
  await until(() => assert.equal(Date.parse(params(page).get("from")), start));
  assert.equal(Date.parse(params(page).get("to")), start + 7_200_000);
  await until(async () => assert.equal(await total(page), await count()));

  // The same words mean another time on the clock of Zagreb.
  await page.locator("[data-period]").click();
  await menu.getByRole("button", { name: /Zagreb/ }).click();
  await until(() => assert.equal(new URL(page.url()).searchParams.get("tz"), "Europe/Zagreb"));
  await menu.getByLabel("From").fill(clock(start));
  await menu.getByLabel("To").fill("");
  await menu.getByRole("button", { name: "Apply" }).click();
  await until(() => assert.notEqual(Date.parse(params(page).get("from")), start));
  const hours = (start - Date.parse(params(page).get("from"))) / 3_600_000;
  assert.ok(hours === 1 || hours === 2, `${hours} hours east`);
}));

test("a period is whole days of the zone: today, yesterday, and those of a calendar", () => visit("/?tz=local", async (page) => {
  await settled(page);
  const menu = list(page, "Period");
  const zone = await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  const clock = (text) => new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(Date.parse(text));
  const day = (ago) => new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" }).format(Date.now() - ago * 86_400_000);
  await chip(page, "Last 24 hours").click();
  await menu.getByRole("button", { name: "Today", exact: true }).click();
  await until(() => assert.equal(clock(params(page).get("from")), `${day(0)} 00:00:00`));
  assert.equal(params(page).get("to"), null);
  await chip(page, "Today").click();
  await menu.getByRole("button", { name: "Yesterday", exact: true }).click();
  await until(() => assert.equal(clock(params(page).get("to")), `${day(0)} 00:00:00`));
  assert.equal(clock(params(page).get("from")), `${day(1)} 00:00:00`);
  await chip(page, "Yesterday").click();
  // One day, then all up to another; a month back where that is needed.
  await menu.getByRole("button", { name: "Month before" }).click();
  const days = menu.getByRole("group", { name: "Days" }).getByRole("button");
  const picked = await days.nth(2).getAttribute("data-day");
  await days.nth(2).click();
  await days.nth(4).click();
  await menu.getByRole("button", { name: "Apply" }).click();
  await until(() => assert.equal(clock(params(page).get("from")), `${picked} 00:00:00`));
  assert.equal(clock(params(page).get("to")), `${picked.slice(0, 8)}${String(Number(picked.slice(8)) + 3).padStart(2, "0")} 00:00:00`);
}));

test("clears all of them at once", () => visit("/?status=failure&q=cart&from=now-2h&cols=event,time", async (page) => {
  await settled(page);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await until(() => assert.deepEqual([...params(page)], [["cols", "event,time"]]));
}));

test("what is set stands first, what is open stays, and how many are set is said", () => visit("/?element=Greeting&conversation=*", async (page) => {
  await settled(page);
  const places = () => page.locator(".filters .chip-wrap").evaluateAll((all) => all.map((one) => ({ set: one.querySelector(".set") !== null, period: one.querySelector(".period") !== null, left: one.getBoundingClientRect().left })).sort((one, other) => one.left - other.left).map(({ set, period }) => (period ? "period" : set ? "set" : "")));
  await until(async () => assert.deepEqual((await places()).slice(0, 4), ["period", "set", "set", ""]));
  const version = chip(page, "Version ID");
  // Where it is in the row, which a press may scroll.
  const place = () => version.evaluate((one) => one.getBoundingClientRect().left - document.querySelector(".chip.period").getBoundingClientRect().left);
  const before = await place();
  await version.click();
  await page.getByRole("dialog", { name: "Version ID" }).getByRole("checkbox").first().click();
  await until(async () => assert.equal((await places()).filter((one) => one === "set").length, 3));
  assert.equal(await place(), before);
  await page.keyboard.press("Escape");
  await until(async () => assert.deepEqual((await places()).slice(0, 5), ["period", "set", "set", "set", ""]));
  assert.equal((await page.getByRole("button", { name: "Clear filters" }).innerText()).replace(/\s+/g, " ").trim(), "Clear filters 3");
}, { viewport: { width: 1_000, height: 800 } }));

// Where one is, and what of it is kept: in one zone, from page to page, in a saved view.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open } from "./browser.mjs";
import { HOUR, traffic } from "./seed.mjs";
import { record } from "./server.mjs";
import { asked, column, params, settled, until, world } from "./suite.mjs";

const held = world((server) => server.send(traffic({ count: 400, seed: 5 })));
const { visit } = held;
const zoneOf = (page) => new URL(page.url()).searchParams.get("tz");
const panel = (page) => page.getByRole("complementary", { name: "Details" });

test("times are in the reader's own zone, and one event has one time on every page", () => visit("/", async (page) => {
  await settled(page);
  const row = page.locator("tr[data-id]").nth(3);
  const time = row.locator("time");
  const at = Date.parse(await time.getAttribute("datetime"));
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Zagreb", hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at);
  assert.ok((await time.innerText()).includes(clock));
  const id = await row.getAttribute("data-id");
  await row.locator("td").nth(2).click();
  await panel(page).locator(".said h2").waitFor();
  assert.ok((await panel(page).locator(".when time").innerText()).includes(clock));
  await until(async () => assert.ok((await panel(page).locator(".kv").filter({ hasText: "Timestamp" }).innerText()).includes(clock)));
  await panel(page).getByRole("link", { name: "Open interaction" }).click();
  const step = page.locator(`section.steps tr[data-id="${id}"] time`);
  await step.waitFor();
  assert.ok((await step.innerText()).includes(clock));
  assert.equal(zoneOf(page), "Europe/Zagreb", "whoever is given the link reads the same");
}));

test("a chosen zone is remembered, and stands in every link", () => visit("/", async (page) => {
  await settled(page);
  await page.locator("[data-period]").click();
  await page.getByRole("dialog", { name: "Period" }).getByRole("button", { name: "UTC", exact: true }).click();
  await until(() => assert.equal(zoneOf(page), "utc"));
  await page.keyboard.press("Escape");
  const links = await page.locator("nav a, tr[data-id] a, a.brand").evaluateAll((all) => all.filter((one) => one.origin === location.origin).map((one) => new URL(one.href).searchParams.get("tz")));
  assert.ok(links.length > 5 && links.every((zone) => zone === "utc"), String(links));
  const other = await page.context().newPage();
  await other.goto(held.server.page);
  await settled(other);
  await until(async () => assert.match(await other.getByRole("button", { name: /^Timestamp/ }).innerText(), /UTC$/));
}));

test("a link is of its own zone, whatever the reader's is", () => visit("/?tz=Asia/Kolkata", async (page) => {
  await settled(page);
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByRole("button", { name: /fixed times/ }).click();
  await until(async () => assert.equal(new URL(await page.evaluate(() => navigator.clipboard.readText())).searchParams.get("tz"), "Asia/Kolkata"));
}));

test("log and hot-spots keep what is filtered, the period, and how each looks", () => visit("/?object=Welcome&from=now-8h&status=failure&cols=event,time&sort=time", async (page) => {
  await settled(page);
  const nav = page.getByRole("navigation", { name: "Main" });
  await nav.getByRole("link", { name: "Hot-spots" }).click();
  await page.locator("table.heat tbody tr").first().waitFor();
  assert.deepEqual([params(page).get("object"), params(page).get("from")], ["Welcome", "now-8h"]);
  const { objects } = await asked(held.server, "hotspots?from=now-8h");
  const welcome = objects.find(({ object }) => object === "Welcome");
  await until(async () => assert.ok((await page.locator("a.obj.open").innerText()).includes(welcome.interactions.toLocaleString("en")), "how it ended is counted, not filtered"));
  await nav.getByRole("link", { name: "Log" }).click();
  await settled(page);
  assert.deepEqual(Object.fromEntries(params(page)), { object: "Welcome", from: "now-8h", status: "failure", cols: "event,time", sort: "time" });
}));

test("Back from an interaction finds the place that was read", () => visit("/", async (page) => {
  await settled(page);
  await until(async () => {
    await page.locator(".table").evaluate((table) => { table.scrollTop = 32 * 150; });
    assert.ok(Number(await page.locator("tr[data-id]").first().getAttribute("aria-rowindex")) > 100);
  });
  await until(async () => assert.ok(await page.evaluate(() => history.state?.top > 32 * 140)));
  const place = () => page.locator(".table").evaluate((table) => table.scrollTop);
  const row = page.locator("tr[data-id]").nth(16);
  await row.locator("td").nth(1).click();
  await panel(page).locator(".said h2").waitFor();
  const before = await place();
  await panel(page).getByRole("link", { name: "Open interaction" }).click();
  await page.locator("section.steps tr[data-id]").first().waitFor();
  await page.goBack();
  await settled(page);
  await until(async () => assert.ok(Math.abs((await place()) - before) <= 64, `${await place()} was ${before}`));
}));

for (const [what, path, ready] of [
  ["hot-spots", "/hotspots?object=Abandoned+cart&compare_a=7&compare_b=8&from=now-2d", "table.heat tbody tr"],
  ["an interaction", "/i/interaction-0001-of-the-seed?only=failures", "section.steps"],
]) {
  test(`a view of ${what} opens there again`, () => visit(path, async (page) => {
    await page.locator(ready).first().waitFor();
    await page.getByRole("button", { name: "Views" }).click();
    const menu = page.getByRole("dialog", { name: "Saved views" });
    await menu.getByRole("button", { name: "Save this view" }).click();
    await menu.getByRole("textbox", { name: "Name of the view" }).fill(`View of ${what}`);
    await page.keyboard.press("Enter");
    await menu.getByRole("button", { name: `View of ${what}`, exact: true }).waitFor();
    const wanted = new URL(page.url());
    await page.goto(held.server.page);
    await settled(page);
    await page.getByRole("button", { name: "Views" }).click();
    await menu.getByRole("button", { name: `View of ${what}`, exact: true }).click();
    await page.locator(ready).first().waitFor();
    assert.equal(new URL(page.url()).pathname, wanted.pathname);
    for (const [name, value] of wanted.searchParams) if (name !== "tz") assert.equal(params(page).get(name), value, name);
  }));
}

test("open and Apply leave the address as it was", async () => {
  const day = 24 * HOUR;
  const now = Date.now();
  const iso = (at) => new Date(at).toISOString();
  for (const query of ["", "from=now-1h", `from=${iso(now - 20_000)}&to=${iso(now)}`, `from=${iso(now - day)}&to=${iso(now - day + 61_500)}&tz=America/St_Johns`, "from=2025-03-29T07:00:00Z&to=2025-03-30T07:00:00Z&tz=Europe/Berlin", "from=2025-10-26T01:30:00Z&to=2025-10-26T02:30:00Z&tz=Europe/Berlin", "from=0", "from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z&tz=utc"]) {
    await visit(`/?${query}`, async (page) => {
      await settled(page);
      const before = page.url();
      await page.locator("[data-period]").click();
      const menu = page.getByRole("dialog", { name: "Period" });
      await menu.getByRole("button", { name: "Apply" }).click();
      await menu.waitFor({ state: "detached" });
      assert.equal(page.url(), before);
    });
  }
});

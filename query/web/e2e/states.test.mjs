// Loading, empty, wrong, partial, first run: what each says, and that all can be read by everybody in both themes.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

import { accessible, fits, PHONE } from "./browser.mjs";
import { HOUR, MINUTE, traffic } from "./seed.mjs";
import { record } from "./server.mjs";
import { chip, column, params, settled, until, world } from "./suite.mjs";

const held = world((server) => server.send(traffic({ count: 200, hours: 20 })));
const { visit } = held;
const MENUS = "**/assets/menus.js";
const THEMES = ["light", "dark"];
const panel = (page) => page.getByRole("complementary", { name: "Details" });

/** Every state that the page can be brought into, by address and a few clicks. */
const STATES = {
  "the log": ["/", async () => {}],
  "details": ["/", async (page) => { await page.locator("tr[data-id] td").first().click(); await panel(page).getByRole("treeitem").first().waitFor(); }],
  "details, JSON": ["/", async (page) => { await page.locator("tr[data-id] td").first().click(); await panel(page).getByRole("button", { name: "JSON", exact: true }).click(); }],
  "details, searched": ["/", async (page) => { await page.locator("tr[data-id] td").first().click(); await panel(page).getByRole("searchbox").fill("cart"); }],
  "a search with hits": ["/?q=cart", async () => {}],
  "an empty result": ["/?status=failure&object=nothing", async (page) => { await page.getByText("No event fits").waitFor(); }],
  "a value list": ["/?status=!success", async (page) => { await chip(page, "Status").click(); await page.getByRole("dialog", { name: "Status" }).locator("li.val").first().waitFor(); }],
  "a typed filter": ["/?person=p-1", async (page) => { await chip(page, "Person ID").click(); await page.getByRole("dialog", { name: "Person ID" }).waitFor(); }],
  "the period": ["/", async (page) => { await page.locator("[data-period]").click(); await page.getByRole("dialog", { name: "Period" }).waitFor(); }],
  "the columns": ["/", async (page) => { await page.getByRole("button", { name: "Choose columns" }).click(); await page.getByRole("dialog", { name: "Columns" }).waitFor(); }],
  "suggestions": ["/", async (page) => { await page.getByRole("combobox", { name: "Search" }).fill("st"); await page.getByRole("listbox", { name: "Suggestions" }).waitFor(); }],
  "views": ["/", async (page) => { await page.getByRole("button", { name: "Views" }).click(); await page.getByRole("dialog", { name: "Saved views" }).waitFor(); }],
  "export": ["/", async (page) => { await page.getByRole("button", { name: "Export" }).click(); await page.getByRole("dialog", { name: "Export" }).waitFor(); }],
  "share": ["/", async (page) => { await page.getByRole("button", { name: "Share" }).click(); await page.getByRole("dialog", { name: "Share" }).waitFor(); }],
  "the palette": ["/", async (page) => { await page.keyboard.press("Control+k"); await page.getByRole("dialog", { name: "Commands" }).waitFor(); }],
  "the help": ["/", async (page) => { await page.getByRole("button", { name: "Help and shortcuts" }).click(); await page.getByRole("dialog", { name: "Help and shortcuts" }).waitFor(); }],
  "live": ["/?live=1", async () => {}],
  "an interaction": ["/i/interaction-0004-of-the-seed", async (page) => { await page.locator("section.steps tr[data-id]").first().waitFor(); }],
  "an interaction with details": ["/i/interaction-0004-of-the-seed", async (page) => { await page.locator("section.steps tr[data-id] td").first().click(); await panel(page).getByRole("treeitem").first().waitFor(); }],
  "no such interaction": ["/i/nothing-of-this-name", async (page) => { await page.getByText("No event of this interaction is kept").waitFor(); }],
  "hot-spots": ["/hotspots", async (page) => { await page.locator("table.heat tbody tr").first().waitFor(); }],
  "hot-spots of one object": ["/hotspots?object=Welcome", async (page) => { await page.locator("table.heat tbody tr").first().waitFor(); }],
  "hot-spots of nothing": ["/hotspots?object=nothing", async (page) => { await page.locator(".hollow").waitFor(); }],
};
const EXPECTED = { "no such interaction": [/404 \(Not Found\)/] };

for (const [state, [path, act]] of Object.entries(STATES)) {
  for (const theme of THEMES) {
    test(`${state} in ${theme} can be read by everybody`, () => visit(path, async (page) => {
      if (path.startsWith("/?") || path === "/") await settled(page);
      await act(page);
      await page.mouse.move(0, 0);
      assert.equal(await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches), theme === "dark");
      await accessible(page, `${state}, ${theme}`);
      await fits(page, state);
    }, { theme, expected: EXPECTED[state] }));
  }
}

for (const theme of THEMES) {
  test(`on a phone in ${theme}, log and details can be read by everybody`, () => visit("/", async (page) => {
    await settled(page);
    await accessible(page, "cards");
    await fits(page, "cards");
    await page.locator("button.card").first().click();
    await panel(page).getByRole("treeitem").first().waitFor();
    await accessible(page, "details on a phone");
    await fits(page, "details on a phone");
  }, { theme, viewport: PHONE }));
}

test("says nothing of no results while it loads", () => visit("/hotspots", async (page) => {
  let answer;
  const wait = new Promise((done) => (answer = done));
  await page.route("**/api/v1/events?*", async (route) => { await wait; await route.continue(); });
  await page.getByRole("link", { name: "Log", exact: true }).click();
  await page.locator(".table[aria-busy=true]").waitFor();
  assert.equal(await page.locator(".hollow, .welcome").count(), 0);
  await accessible(page, "loading");
  const before = await page.locator(".table").boundingBox();
  answer();
  await settled(page);
  assert.deepEqual(await page.locator(".table").boundingBox(), before, "nothing moves when the rows come");
}));

test("an empty result says which filter empties it, and drops it at a click", () => visit("/?status=failure&object=nothing", async (page) => {
  const hollow = page.locator(".hollow");
  await hollow.waitFor();
  assert.match(await hollow.innerText(), /without the filter Object name/);
  await hollow.getByRole("button", { name: /without the filter Object name/ }).click();
  await until(() => assert.equal(params(page).get("object"), null));
  await settled(page);
  await until(async () => assert.deepEqual(new Set(await column(page, "Status")), new Set(["Failure"])));
}));

test("an empty period offers a longer one", () => visit("/?from=now-30d&to=now-20d", async (page) => {
  await page.getByRole("button", { name: /in all of time/ }).click();
  await settled(page);
  assert.ok(await page.locator("tr[data-id]").count() > 5);
}));

test("a partial result says so, and asks again", () => visit("/hotspots", async (page) => {
  await page.route("**/api/v1/events?*", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), complete: false } });
  });
  await page.getByRole("link", { name: "Log", exact: true }).click();
  await page.getByText("Part of the result.").waitFor();
  await accessible(page, "partial");
  await page.unroute("**/api/v1/events?*");
  await page.locator(".bar-part").getByRole("button", { name: "Try again" }).click({ timeout: 10_000 }).catch(() => {});
  await page.getByText("Part of the result.").waitFor({ state: "detached" });
}));

test("a menu that cannot be loaded says so, and opens once it can", () => visit("/", async (page) => {
  await settled(page);
  await chip(page, "Status").click();
  await page.getByText("This did not load").waitFor();
  await page.unroute(MENUS);
  // Pressed once more it is closed, and then opened.
  await until(async () => {
    await chip(page, "Status").click();
    assert.ok(await page.getByRole("dialog", { name: "Status" }).locator("li.val").first().isVisible());
  });
}, { prepare: (page) => page.route(MENUS, (route) => route.abort()), expected: [/ERR_FAILED/] }));

test("a server that is gone is told of, and the page comes back with it", async () => {
  const own = held.server;
  await visit("/", async (page) => {
    await settled(page);
    // The menus are there; what they show is asked for anew.
    await chip(page, "Event").click();
    await page.getByRole("dialog", { name: "Event" }).locator("li.val").first().waitFor();
    await page.keyboard.press("Escape");
    await own.kill();
    await chip(page, "Status").click();
    await page.getByText("The values did not load").waitFor();
    await page.keyboard.press("Escape");
    assert.ok(await page.locator("tr[data-id]").count() > 5, "the rows that are there stay");
    await page.getByRole("combobox", { name: "Search" }).fill("cart");
    await page.keyboard.press("Enter");
    await page.getByText("The log did not load").waitFor();
    assert.match(await page.locator(".main .hollow").innerText(), /The server may be stopped/);
    assert.equal(params(page).get("q"), "cart");
    await accessible(page, "no server");
    await own.restart();
    // The page may have come back by itself before the click.
    await page.locator(".main").getByRole("button", { name: "Try again" }).last().click({ timeout: 5_000 }).catch(() => {});
    await until(async () => assert.ok(await page.locator("tr[data-id]").count() > 5));
    await page.getByText("The log did not load").waitFor({ state: "detached" });
  }, { expected: [/ERR_CONNECTION_REFUSED/, /ERR_EMPTY_RESPONSE/, /ERR_CONNECTION_RESET/, /ERR_INCOMPLETE_CHUNKED/] });
});

const empty = world();
for (const theme of THEMES) {
  test(`an empty store welcomes in ${theme}`, () => empty.visit("/", async (page) => {
    await page.getByRole("heading", { name: "Nothing has arrived yet" }).waitFor();
    await accessible(page, `welcome, ${theme}`);
    await fits(page, "welcome");
  }, { theme }));
}

test("the welcome's own lines send a first event, and the page turns into the log", () => empty.visit("/", async (page) => {
  await page.locator(".welcome pre").first().waitFor();
  const [lines, sdk] = await page.locator(".welcome pre").allInnerTexts();
  assert.equal(sdk, `export OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=${empty.server.otlp}`);
  await promisify(execFile)("sh", ["-c", lines]);
  await page.locator("tr[data-id]").waitFor();
  assert.equal(await page.locator(".welcome").count(), 0);
  await page.getByText("my-first").or(page.locator("[title^='my-first']")).first().waitFor();
}));

test("an event from before the period does not hide that there are events", () => empty.visit("/?from=now-1m&to=now", async (page) => {
  await empty.server.send([record({ time: Date.now() - 30 * HOUR, event: "acme.old" }), record({ time: Date.now() - 5 * MINUTE, event: "acme.new" })]);
  await page.goto(`${empty.server.page}/?event=acme.old`);
  await page.getByText("No event fits").waitFor();
  await page.getByRole("button", { name: /in all of time/ }).click();
  await settled(page);
  assert.deepEqual(await column(page, "Event name"), ["acme.old"]);
}));

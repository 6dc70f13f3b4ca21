// The page below a path of a proxy: that of proxy.mjs, or the one that PROXY names, set up as docs/operate.md says.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { open } from "./browser.mjs";
import { below, PASSWORD, USER } from "./proxy.mjs";
import { traffic } from "./seed.mjs";
import { record } from "./server.mjs";
import { column, settled, until, world } from "./suite.mjs";

let proxied;
const held = world(async (server) => {
  await server.send(traffic({ count: 400, seed: 5 }));
  proxied = await below(server, "/tools/steplog/");
});
const panel = (page) => page.getByRole("complementary", { name: "Details" });

after(() => proxied?.stop());

/** Opens a page below the path, watched, and works on it. */
async function visitBelow(path, work, options = {}) {
  const httpCredentials = { username: USER, password: PASSWORD };
  const opened = await open(held.browser, proxied.page + path, { httpCredentials, ...options });
  await work(opened.page);
  await opened.close();
}

test("the page works below a path: log, details, interaction, hot-spots, and their reloads", () => visitBelow("", async (page) => {
  await settled(page);
  await page.locator("tr[data-id] td").nth(2).click();
  await panel(page).locator(".said h2").waitFor();
  await panel(page).getByRole("link", { name: "Open interaction" }).click();
  await page.locator("section.steps tr[data-id]").first().waitFor();
  assert.match(new URL(page.url()).pathname, /^\/tools\/steplog\/i\/interaction-/);
  await page.reload();
  await page.locator("section.steps tr[data-id]").first().waitFor();
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Hot-spots" }).click();
  await page.locator("nav.objects a.obj").first().waitFor();
  assert.equal(new URL(page.url()).pathname, "/tools/steplog/hotspots");
  await page.reload();
  await page.locator("nav.objects a.obj").first().waitFor();
  await page.getByRole("link", { name: "steplog, the log" }).click();
  await settled(page);
  assert.equal(new URL(page.url()).pathname, "/tools/steplog/");
}));

test("live and exports work below a path", () => visitBelow("?live=1", async (page) => {
  await settled(page);
  await page.mouse.move(5, 5);
  await held.server.send([record({ time: Date.now() - 100, event: "acme.news", status: "success", object: "Below a path" })]);
  await until(async () => assert.equal((await column(page, "Object name"))[0], "Below a path"));
  await page.getByRole("button", { name: "Export" }).click();
  const dialog = page.getByRole("dialog", { name: "Export" });
  const [download] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "Export", exact: true }).click()]);
  assert.match(download.suggestedFilename(), /\.csv$/);
}));

test("the API's own page works below a path", () => visitBelow("docs", async (page) => {
  await page.locator("main[aria-busy=false], main h2").first().waitFor();
  await until(async () => assert.ok((await page.locator("nav#contents a").count()) > 5));
}));

// The proxy of proxy.mjs knows nobody.
if (process.env.PROXY) {
  test("a named proxy lets only those in that it knows", async () => {
    const status = async (authorization) => (await fetch(`${proxied.page}api/v1/count`, { headers: authorization ? { authorization } : {} })).status;
    assert.equal(await status(), 401);
    assert.equal(await status(`Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString("base64")}`), 200);
  });
}

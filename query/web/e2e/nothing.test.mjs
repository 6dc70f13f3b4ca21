// A server to which nothing has come.

import assert from "node:assert/strict";
import { test } from "node:test";

import { record } from "./server.mjs";
import { params, until, world } from "./suite.mjs";

const held = world();
const { visit } = held;

test("a filter on a server without events says that none has arrived, until one has", () => visit("/?status=failure", async (page) => {
  const hollow = page.locator(".hollow");
  await hollow.getByText(/No event has arrived at this server yet/).waitFor();
  assert.deepEqual(await hollow.getByRole("button").allInnerTexts(), ["Clear filters"]);
  await hollow.getByRole("button", { name: "Clear filters" }).click();
  await page.locator(".welcome").waitFor();
  assert.equal(params(page).get("status"), null);
  await held.server.send([record({ time: Date.now() - 1_000, event: "acme.first", status: "success", object: " " })]);
  await page.goto(`${held.server.page}/?status=failure`);
  await hollow.getByText(/without the filter Status/).first().waitFor();
  assert.doesNotMatch(await hollow.innerText(), /arrived/);
}));

test("a name of a blank alone is seen", () => visit("/?cols=event,object", async (page) => {
  await until(async () => assert.equal((await page.locator("tr[data-id] td").nth(1).innerText()).trim(), "␣"));
}));

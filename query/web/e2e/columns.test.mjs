// The page's table of columns is the server's: names, labels, and which of them can be filtered by and listed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { record } from "./server.mjs";
import { asked, settled, world } from "./suite.mjs";

const held = world((server) => server.send([record({ time: Date.now() - 60_000, event: "acme.plain", status: "failure", object: "Something", element: "A step", element_type: "api_call", channel: "sms", person: "p1", trace: "5b8efff798038103d269b633813fc60c", more: { "order.id": 7 } })]));
const { visit } = held;

/** The labels of the server's columns, by name, as its description has them. */
async function described() {
  const { components } = await (await fetch(`${held.server.page}/api/openapi.json`)).json();
  const { properties } = components.schemas.Row;
  return Object.fromEntries(Object.entries(properties).filter(([, { type, description }]) => type === "string" && !description.endsWith(".")).map(([name, { description }]) => [name, description]));
}

test("every column has the server's label", async () => {
  const labels = await described();
  assert.ok(Object.keys(labels).length >= 20, String(Object.keys(labels)));
  await visit(`/?cols=${Object.keys(labels).join()}`, async (page) => {
    await settled(page);
    const heads = await page.locator("table.log thead th > span[title]").evaluateAll((all) => all.map((one) => one.getAttribute("title")));
    assert.deepEqual(heads, Object.values(labels));
  });
});

test("the search offers every column whose values the server lists", () => visit("/", async (page) => {
  await settled(page);
  for (const name of Object.keys(await described())) {
    const listed = await fetch(`${held.server.page}/api/v1/facets?columns=${name}`);
    if (!listed.ok) continue;
    await page.locator("#search").fill(name);
    await page.getByRole("option").filter({ hasText: new RegExp(`^\\s*${name}:`) }).waitFor();
  }
}));

test("a filter is offered on the cells that the server can filter by, and on no other", async () => {
  const names = ["event", "channel", "trace_id", "element_type", "severity", "reason", "duration", "received", "attr.order.id"];
  await visit(`/?cols=${names.join()}`, async (page) => {
    await settled(page);
    const row = page.locator("tr[data-id]").first();
    for (const [at, name] of names.entries()) {
      const cell = row.locator("td").nth(at);
      if (await cell.locator(".none").count() > 0) continue;
      // The buttons of the cell before lie beside an identifier: one goes round them.
      await page.locator(".total").hover();
      await page.locator(".cell-acts").waitFor({ state: "detached" });
      await cell.hover();
      await cell.getByRole("button", { name: /^Copy/ }).waitFor();
      const known = await fetch(`${held.server.page}/api/v1/count?${name}=*`);
      assert.equal(await cell.getByRole("button", { name: /^Filter for/ }).count(), known.ok ? 1 : 0, name);
    }
  });
  assert.equal((await asked(held.server, "events")).events.length, 1);
});

test("columns stay where they are, whatever is filtered", () => visit("/", async (page) => {
  await settled(page);
  const heads = () => page.locator("table.log thead th").allInnerTexts();
  const before = await heads();
  assert.ok(before.some((text) => text.trim() === "Element"));
  await held.server.send([record({ time: Date.now() - 30_000, event: "acme.bare", status: "success" })]);
  await page.goto(`${held.server.page}/?event=acme.bare`);
  await settled(page);
  assert.deepEqual(await heads(), before);
}));

// The search box.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MINUTE, traffic } from "./seed.mjs";
import { record } from "./server.mjs";
import { params, settled, until, world } from "./suite.mjs";

const { visit } = world(async (server) => {
  await server.send(traffic({ count: 100, hours: 10 }));
  await server.send([record({ time: Date.now() - 5 * MINUTE, event: "acme.parcel", status: "failure", reason: "courier lost the parcel in Varaždin", object: "Parcels", person: "person-of-the-parcels", body: "The courier has lost a parcel." }),
    record({ time: Date.now() - 6 * MINUTE, event: "acme.parcel", status: "success", object: "Parcels", person: "person-of-the-parcels" })]);
});

const box = (page) => page.getByRole("combobox", { name: "Search" });
const offered = (page) => page.getByRole("listbox", { name: "Suggestions" }).getByRole("option");
const rows = (page) => page.locator("tr[data-id]");

test("finds words, and marks them in the row and in the panel", () => visit("/", async (page) => {
  await settled(page);
  await box(page).fill("courier");
  await page.keyboard.press("Enter");
  await until(() => assert.equal(params(page).get("q"), "courier"));
  await until(async () => assert.equal(await rows(page).count(), 1));
  assert.match((await rows(page).locator("mark").first().innerText()).toLowerCase(), /^courier/);
  await rows(page).locator("td").first().click();
  const panel = page.getByRole("complementary", { name: "Details" });
  await panel.locator("mark").first().waitFor();
  assert.match((await panel.locator("mark").first().innerText()).toLowerCase(), /^courier/);
  await page.goBack();
  await page.goBack();
  await until(() => assert.equal(params(page).get("q"), null));
  await until(async () => assert.equal(await box(page).inputValue(), ""));
}));

test("completes columns and their values", () => visit("/", async (page) => {
  await settled(page);
  await box(page).click();
  await page.keyboard.type("stat");
  await until(async () => assert.deepEqual((await offered(page).allInnerTexts()).map((text) => text.split("\n")[0]), ["status:"]));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.equal(await box(page).inputValue(), "status:");
  await until(async () => assert.ok((await offered(page).allInnerTexts()).some((text) => text.startsWith("Failure"))));
  await page.keyboard.type("fai");
  await until(async () => assert.deepEqual((await offered(page).allInnerTexts()).map((text) => text.split("\n")[0]), ["Failure"]));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  assert.equal(await box(page).inputValue(), "status:failure ");
  await page.keyboard.press("Enter");
  await until(() => assert.equal(params(page).get("q"), "status:failure"));
  await settled(page);
  await until(async () => {
    const words = await rows(page).locator(".st").allInnerTexts();
    assert.ok(words.length > 0 && words.every((word) => word === "Failure"));
  });
}));

test("a search for an id leaves the reasons of what failed", () => visit("/?q=person-of-the-parcels", async (page) => {
  await settled(page);
  assert.equal(await rows(page).count(), 2);
  const details = await rows(page).locator("td:last-child").allInnerTexts();
  assert.deepEqual(details.map((text) => text.trim()), ["courier lost the parcel in Varaždin", ""]);
  assert.deepEqual(await rows(page).locator("td mark").allInnerTexts(), ["person-of-the-parcels", "person-of-the-parcels"]);
}));

test("a version is completed as it is shown", () => visit("/", async (page) => {
  await settled(page);
  await box(page).fill("version:v");
  await page.keyboard.type("7");
  await until(async () => assert.deepEqual((await offered(page).allInnerTexts()).map((text) => text.split("\n")[0]), ["v7"]));
}));

test("completes the keys of attributes", () => visit("/", async (page) => {
  await settled(page);
  await box(page).click();
  await page.keyboard.type("count");
  await until(async () => assert.deepEqual((await offered(page).allInnerTexts()).map((text) => text.split("\n")[0]), ["attr.geo.country:"]));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.keyboard.type("HR");
  await page.keyboard.press("Enter");
  await until(() => assert.equal(params(page).get("q"), "attr.geo.country:HR"));
  await settled(page);
  await until(async () => assert.match(await page.locator(".histo .total").innerText(), /^34 /));
}));

test("a value with spaces is put into quotes", () => visit("/", async (page) => {
  await settled(page);
  await box(page).click();
  await page.keyboard.type("object:Aban");
  await until(async () => assert.equal(await offered(page).count(), 1));
  await offered(page).first().click();
  assert.equal(await box(page).inputValue(), 'object:"Abandoned cart" ');
  await page.keyboard.press("Enter");
  await until(() => assert.equal(params(page).get("q"), 'object:"Abandoned cart"'));
  await settled(page);
  await until(async () => assert.ok(await rows(page).count() > 5));
}));

test("remembers what was searched for", () => visit("/", async (page) => {
  await settled(page);
  for (const text of ["parcel", "courier"]) {
    await box(page).fill(text);
    await page.keyboard.press("Enter");
    await until(() => assert.equal(params(page).get("q"), text));
  }
  await page.getByRole("button", { name: "Clear the search" }).click();
  await until(async () => assert.deepEqual((await offered(page).allInnerTexts()).map((text) => text.trim()), ["courier", "parcel"]));
}));

test("points at the character that it cannot read, and keeps what is filtered", () => visit("/?status=failure", async (page) => {
  await settled(page);
  await box(page).fill("cart (status:failure");
  await page.keyboard.press("Enter");
  const told = page.locator("#search-problem");
  await told.waitFor();
  assert.match(await told.locator(".squiggle").innerText(), /^\(/);
  assert.equal(await box(page).getAttribute("aria-invalid"), "true");
  await page.getByText("This search cannot be read").waitFor();
  assert.equal(params(page).get("status"), "failure");
  await box(page).fill("cart");
  await page.keyboard.press("Enter");
  await told.waitFor({ state: "detached" });
  await until(async () => assert.ok(await rows(page).count() > 0));
}, { expected: [/400 \(Bad Request\)/] }));

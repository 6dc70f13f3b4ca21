// Links to where else something is known, made from the templates of the settings.

import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { MINUTE } from "./seed.mjs";
import { record } from "./server.mjs";
import { settled, world } from "./suite.mjs";

const settings = join(mkdtempSync(join(tmpdir(), "steplog-settings-")), "steplog.toml");
writeFileSync(settings, `[links]
person = {label = "Profile", url = "https://crm.example/people/{person}"}
conversation = {label = "Inbox", url = "https://inbox.example/{conversation}?of={person}"}
element = {label = "Studio", url = "http://studio.example/{object_id}/{version}#{element_id}"}
trace = {label = "Trace", url = "https://traces.example/{trace_id}"}
`);

const HOSTILE = "javascript:window.__ran=1//../?a=b&c=<img src=x onerror=window.__ran=1>";
const held = world((server) => server.send([
  record({ time: Date.now() - MINUTE, event: "journey.api.called", object: "Whole", object_id: "obj 1", version: "7", element: "E", element_id: "el/1", person: "per&son", conversation: "conv 1", interaction: "interaction-1", trace: "0af7651916cd43dd8448eb211c80319c" }),
  record({ time: Date.now() - 2 * MINUTE, event: "journey.api.called", object: "Bare", person: "only-a-person" }),
  record({ time: Date.now() - 3 * MINUTE, event: "journey.api.called", object: "Hostile", person: HOSTILE, interaction: "interaction-2" }),
]), ["--config", settings]);

const links = (page) => page.getByRole("complementary", { name: "Details" }).locator(".links a[target]").evaluateAll((all) => all.map((link) => [link.textContent.trim(), link.href, link.rel]));
const open = async (page, object) => {
  await settled(page);
  await page.locator("tr[data-id]").filter({ hasText: object }).locator("td").first().click();
  await page.getByRole("complementary", { name: "Details" }).locator(".said h2").waitFor();
};

test("an event leads to person, conversation, element and trace, every value encoded", () => held.visit("/", async (page) => {
  await open(page, "Whole");
  const found = Object.fromEntries((await links(page)).map(([label, href]) => [label, href]));
  assert.deepEqual(found, {
    Profile: "https://crm.example/people/per%26son", Inbox: "https://inbox.example/conv%201?of=per%26son",
    Studio: "http://studio.example/obj%201/7#el%2F1", Trace: "https://traces.example/0af7651916cd43dd8448eb211c80319c",
  });
  assert.ok((await links(page)).every(([, , rel]) => rel.includes("noopener") && rel.includes("noreferrer")));
}));

test("a link of which a value is missing is left out", () => held.visit("/", async (page) => {
  await open(page, "Bare");
  assert.deepEqual((await links(page)).map(([label]) => label), ["Profile"]);
}));

test("a value cannot lead elsewhere", () => held.visit("/", async (page) => {
  await open(page, "Hostile");
  for (const [label, href] of await links(page)) {
    const url = new URL(href);
    assert.equal(url.origin, "https://crm.example", label);
    assert.equal(decodeURIComponent(url.pathname), `/people/${HOSTILE}`);
    assert.equal(url.search, "");
  }
  await page.goto(`${held.server.page}/i/interaction-2`);
  const profile = page.locator(".ihead a", { hasText: "Profile" });
  await profile.waitFor();
  assert.equal(new URL(await profile.getAttribute("href")).origin, "https://crm.example");
}));

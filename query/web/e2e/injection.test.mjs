// Whatever arrives is text: nothing of it runs, loads, or becomes an element.

import assert from "node:assert/strict";
import { test } from "node:test";

import { accessible } from "./browser.mjs";
import { MINUTE } from "./seed.mjs";
import { record } from "./server.mjs";
import { asked, column, settled, until, world } from "./suite.mjs";

const RUN = "window.__ran=1";
/** Ways to run a script in a page that writes what it gets as markup, as an address, or as a template. */
const PAYLOADS = [
  `<script>${RUN}</script>`, `"><script>${RUN}</script>`, `'><script>${RUN}</script>`, `</script><script>${RUN}</script>`, `</textarea><script>${RUN}</script>`,
  `</title><script>${RUN}</script>`, `</style><script>${RUN}</script>`, `--><script>${RUN}</script>`, `]]><script>${RUN}</script>`, `<scr<script>ipt>${RUN}</scr</script>ipt>`,
  `<img src=x onerror=${RUN}>`, `<img src=x onerror="${RUN}">`, `"><img src=x onerror=${RUN}>`, `<IMG SRC=x OnErRoR=${RUN}>`, `<img/src=x/onerror=${RUN}>`,
  `<svg onload=${RUN}>`, `<svg/onload=${RUN}>`, `<svg><script>${RUN}</script></svg>`, `<svg><animate onbegin=${RUN} attributeName=x dur=1s>`, `<svg><a xlink:href="javascript:${RUN}"><text y=9>x</text></a></svg>`,
  `<body onload=${RUN}>`, `<iframe src="javascript:${RUN}"></iframe>`, `<iframe srcdoc="<script>parent.__ran=1</script>"></iframe>`, `<object data="javascript:${RUN}"></object>`, `<embed src="javascript:${RUN}">`,
  `<a href="javascript:${RUN}">x</a>`, `javascript:${RUN}`, `JaVaScRiPt:${RUN}`, `java\tscript:${RUN}`, `\u0001javascript:${RUN}`,
  `data:text/html,<script>${RUN}</script>`, `vbscript:${RUN}`, `<form action="javascript:${RUN}"><button autofocus>x</button></form>`, `<input autofocus onfocus=${RUN}>`, `<select autofocus onfocus=${RUN}><option>x</select>`,
  `<details open ontoggle=${RUN}>x</details>`, `<video><source onerror=${RUN}></video>`, `<audio src=x onerror=${RUN}>`, `<marquee onstart=${RUN}>x</marquee>`, `<meta http-equiv=refresh content="0;url=javascript:${RUN}">`,
  `<link rel=stylesheet href="javascript:${RUN}">`, `<style>@import "javascript:${RUN}";</style>`, `<base href="javascript:${RUN}//">`, `<math><mi xlink:href="javascript:${RUN}">x</mi></math>`, `<template><img src=x onerror=${RUN}></template>`,
  `{{constructor.constructor('${RUN}')()}}`, `\${${RUN}}`, `{@html "<img src=x onerror=${RUN}>"}`, `" onmouseover="${RUN}" x="`, `' autofocus onfocus='${RUN}' x='`,
];
const COLUMNS = ["event", "object", "object_id", "version", "element", "element_id", "element_type", "performed_by", "person", "interaction", "conversation", "channel", "reason", "status", "occurred_in"];

const held = world(async (server) => {
  const now = Date.now();
  for (const [at, payload] of PAYLOADS.entries()) {
    const columns = Object.fromEntries(COLUMNS.map((name) => [name, payload]));
    await server.post([
      record({ time: now - 2 * MINUTE - at * 1_000, ...columns, body: { [payload]: [payload, { deep: payload }] }, more: { [payload]: payload, "payload.number": at } }),
      record({ time: now - 2 * MINUTE - at * 1_000 - 500, ...columns, event: "chatbot.message.received", status: "failure", occurred_in: "chatbot", body: payload, more: { "payload.said": at } }),
    ], { "service.name": payload, [payload]: payload });
  }
  await until(async () => assert.equal((await asked(server, "count?from=now-14d")).count, 2 * PAYLOADS.length));
});
const { visit } = held;
const panel = (page) => page.getByRole("complementary", { name: "Details" });
/** What a server and a browser make of a text before it is compared: runs of white space are one. */
const plain = (text) => text.replace(/[\s\u0001]+/g, " ").trim();
/** Elements that the page itself never makes. */
const foreign = (page) => page.locator("#app").locator("script, iframe, object, embed, img, video, audio, marquee, meta, base, template, math, animate, [onerror], [onload], [onfocus], [onmouseover], a[href^='javascript' i], a[href^='data' i]").count();

test("there are fifty ways in, all of them different", () => {
  assert.equal(new Set(PAYLOADS).size, 50);
});

test("the log shows each as text in every column", () => visit("/?attr.payload.number=!-1&cols=event,status,occurred_in,object,version,element,performed_by,person,interaction,conversation,time,channel,reason,service,attr.payload.number", async (page) => {
  await settled(page);
  const seen = new Set();
  await until(async () => {
    for (const text of await column(page, "Event name")) seen.add(plain(text));
    await page.locator(".table").evaluate((table) => { table.scrollTop += 400; });
    const missing = PAYLOADS.filter((payload) => !seen.has(plain(payload)));
    assert.deepEqual(missing, []);
  });
  await page.locator(".table").evaluate((table) => { table.scrollTop = 0; });
  for (const head of ["Object name", "Element", "Channel", "Service"]) assert.ok((await column(page, head)).some((text) => /onerror|script/i.test(text)), head);
  assert.equal(await foreign(page), 0);
}));

test("the panel shows each as text in every field", () => visit("/", async (page) => {
  await settled(page);
  for (const [at, payload] of PAYLOADS.entries()) {
    const { events: [event] } = await asked(held.server, `events?attr.payload.number=${at}`);
    await page.goto(`${held.server.page}/?sel=${event.id}`);
    await panel(page).locator(".said h2").waitFor();
    await panel(page).getByRole("treeitem").first().waitFor();
    const text = plain(await panel(page).innerText());
    assert.ok(text.split(plain(payload)).length > 10, `${payload} stands in the panel's fields:\n${text}`);
    assert.equal(await foreign(page), 0, payload);
  }
}));

test("links are made of http and https only", async () => {
  const links = await fetch(`${held.server.page}/api/v1/links`);
  assert.ok(links.ok);
  await visit("/", async (page) => {
    await settled(page);
    const hrefs = await page.locator("a[href]").evaluateAll((all) => all.map((link) => link.protocol));
    assert.deepEqual([...new Set(hrefs)].filter((protocol) => protocol !== "http:" && protocol !== "https:"), []);
  });
});

test("value lists, chips, suggestions and empty results show them as text", () => visit("/", async (page) => {
  await settled(page);
  for (const name of ["Event", "Status", "Occurred in", "Object name", "Version ID", "Element"]) {
    await page.locator("button.chip").filter({ hasText: new RegExp(`^\\s*${name}`) }).click();
    const list = page.getByRole("dialog", { name: name === "Event" ? "Event name" : name, exact: true });
    await list.locator("li.val").nth(30).waitFor();
    const texts = (await list.locator("li.val .cut").evaluateAll((all) => all.map((one) => one.title))).map(plain);
    assert.ok(PAYLOADS.filter((payload) => texts.includes(plain(payload))).length >= 45, `${name}: ${texts.length} values`);
    assert.equal(await foreign(page), 0);
    await page.keyboard.press("Escape");
  }
  for (const payload of [PAYLOADS[10], PAYLOADS[1], PAYLOADS[48]]) {
    const query = new URLSearchParams([["object", payload], ["person", payload], ["event", `!${payload}`], ["attr.x", payload]]);
    await page.goto(`${held.server.page}/?${query}`);
    await page.locator(".hollow").waitFor();
    assert.ok((await page.getByRole("region", { name: "Filters" }).innerText()).includes(payload.slice(0, 4)));
    assert.equal(await foreign(page), 0);
  }
}));

test("search, its errors and its recent ones show them as text", () => visit("/", async (page) => {
  await settled(page);
  for (const payload of [PAYLOADS[0], PAYLOADS[12], PAYLOADS[45]]) {
    await page.getByRole("combobox", { name: "Search" }).fill(payload);
    await page.keyboard.press("Enter");
    await until(() => assert.equal(new URL(page.url()).searchParams.get("q"), payload));
    await settled(page);
    assert.equal(await foreign(page), 0);
  }
}, { expected: [/400 \(Bad Request\)/] }));

test("the interaction page and its transcript show each as text", () => visit("/", async (page) => {
  await settled(page);
  for (const payload of PAYLOADS) {
    await page.goto(`${held.server.page}/i/${encodeURIComponent(payload)}`);
    await page.locator("section.steps tr[data-id], .hollow").first().waitFor();
    const { messages } = await asked(held.server, `interactions/${encodeURIComponent(payload)}`);
    assert.ok(messages.length > 0, payload);
    assert.equal(plain(await page.locator(".talk .bubble").first().innerText()), plain(payload));
    assert.equal(await foreign(page), 0, payload);
  }
}));

test("hot-spots show them as text", () => visit("/hotspots", async (page) => {
  await page.locator("nav.objects a.obj").nth(20).waitFor();
  const text = plain(await page.locator("nav.objects").innerText());
  assert.ok(PAYLOADS.filter((payload) => text.includes(plain(payload))).length >= 45);
  assert.equal(await foreign(page), 0);
  await page.locator("nav.objects a.obj").nth(5).click();
  await page.locator("table.heat tbody tr").first().waitFor();
  assert.equal(await foreign(page), 0);
}));

test("views with such names are text", () => visit("/", async (page) => {
  await settled(page);
  for (const payload of [PAYLOADS[0], PAYLOADS[10]]) {
    const made = await fetch(`${held.server.page}/api/v1/views`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ name: payload, query: `object=${encodeURIComponent(payload)}` }) });
    assert.equal(made.status, 201, await made.text());
  }
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByText(PAYLOADS[10]).first().waitFor();
  assert.equal(await foreign(page), 0);
  await accessible(page, "saved views");
}));

test("the content policy allows no inline script or style, and nothing from elsewhere", async () => {
  const policy = (await fetch(held.server.page)).headers.get("content-security-policy") ?? "";
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  assert.match(policy, /default-src '(none|self)'/);
});

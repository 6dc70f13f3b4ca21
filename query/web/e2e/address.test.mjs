// Ways in: an address says all that is seen, for other systems, for Back, and for a second tab.

import assert from "node:assert/strict";
import { test } from "node:test";

import { HOUR, traffic } from "./seed.mjs";
import { asked, column, ids, params, settled, until, world } from "./suite.mjs";

const held = world((server) => server.send(traffic({ count: 300, hours: 48 })));
const { visit } = held;
const total = async (page) => Number((await page.locator(".histo .total").innerText()).replace(/\D/g, ""));

const QUESTIONS = [
  "status=failure", "status=!success&status=!skipped", "object=Abandoned+cart&element=Ask+the+shop", "version=8&from=now-36h", "person=person-0003-of-the-seed",
  "attr.geo.country=HR", "attr.order.number=!7&status=failure", "q=cart+-shop", "q=status%3Atimed_out", "channel=whatsapp&from=now-48h&to=now-20h", "event=acme.loyalty.checked&sort=time",
];
for (const question of QUESTIONS) {
  test(`/?${question} shows what the API answers`, () => visit(`/?${question}`, async (page) => {
    await settled(page);
    const answer = await asked(held.server, `events?${question}&limit=10`);
    assert.ok(answer.events.length > 0, "the question has an answer");
    assert.deepEqual((await ids(page)).slice(0, 10), answer.events.map(({ id }) => id));
    const counted = new URLSearchParams(question);
    counted.delete("sort");
    assert.equal(await total(page), (await asked(held.server, `count?${counted}`)).count);
  }));
}

test("one interaction by its address", () => visit("/i/interaction-0004-of-the-seed", async (page) => {
  await page.locator("tr[data-id]").first().waitFor();
  const { events } = await asked(held.server, "interactions/interaction-0004-of-the-seed");
  assert.deepEqual(await ids(page), events.map(({ id }) => id));
}));

test("every step of a way through the page is undone by Back and done by Forward", () => visit("/", async (page) => {
  await settled(page);
  const seen = [];
  const step = async (act, changed, there = () => settled(page)) => {
    seen.push(page.url());
    await act();
    await until(() => assert.match(page.url(), changed));
    await there();
  };
  await step(() => page.getByRole("button", { name: /^Failure/ }).click(), /status=failure/);
  await step(() => page.locator("tr[data-id] td").first().click(), /sel=/);
  await step(() => page.getByRole("link", { name: "Hot-spots" }).click(), /\/hotspots/, () => page.locator("nav.objects a.obj").first().waitFor());
  const last = page.url();
  for (const url of [...seen].reverse()) {
    await page.goBack();
    await until(() => assert.equal(page.url(), url));
  }
  await settled(page);
  assert.equal(await total(page), (await asked(held.server, "count")).count);
  for (const url of [...seen.slice(1), last]) {
    await page.goForward();
    await until(() => assert.equal(page.url(), url));
  }
}));

test("reload and a second tab show the same", () => visit(`/?status=failure&cols=event,object,time&tz=local&from=now-2d`, async (page) => {
  await settled(page);
  await page.locator("tr[data-id] td").first().click();
  await page.getByRole("complementary", { name: "Details" }).locator("h2").waitFor();
  const look = async (one) => {
    await settled(one);
    await one.getByRole("complementary", { name: "Details" }).locator(".said h2").waitFor();
    return { ids: await ids(one), heads: await one.locator("table.log thead th").allInnerTexts(), said: await one.locator(".said h2").innerText(), when: await column(one, "Timestamp") };
  };
  const first = await look(page);
  await page.reload();
  assert.deepEqual(await look(page), first);
  const tab = await page.context().newPage();
  await tab.goto(page.url());
  assert.deepEqual(await look(tab), first);
}));

test("times are in the zone that the address names", () => visit("/?tz=Asia/Kolkata", async (page) => {
  await settled(page);
  const time = page.locator("tr[data-id] time").first();
  const at = Date.parse(await time.getAttribute("datetime"));
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Kolkata", hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at);
  assert.ok((await time.innerText()).includes(clock), `${await time.innerText()} is ${clock}`);
  assert.match(await page.getByRole("button", { name: /^Timestamp/ }).innerText(), /\+0?5:30/);
}));

test("an address that cannot be read says what and how", () => visit("/?from=yesterday&sort=upwards", async (page) => {
  const told = page.getByRole("alert");
  await told.first().waitFor();
  await page.getByText("This address cannot be read").waitFor();
  assert.match(await page.locator(".hollow").innerText(), /from/);
  assert.doesNotMatch(await page.locator(".hollow").innerText(), /RFC 3339|nanoseconds/);
  await page.getByRole("link", { name: "Start over" }).click();
  // What was told stays until the answer is there, and would pass for one.
  await page.locator("tr[data-id]").first().waitFor();
  await settled(page);
  assert.equal(await page.locator("tr[data-id]").count() > 5, true);
}, { expected: [/400 \(Bad Request\)/] }));

test("an unknown parameter is told of, not passed over", () => visit("/?stauts=failure", async (page) => {
  await page.getByRole("alert").first().waitFor();
  assert.match(await page.locator(".hollow").innerText(), /stauts: There is no such parameter; did you mean "status"\?$/m);
  assert.equal(await page.getByRole("button", { name: "Try again" }).count(), 0, "trying again cannot help");
}, { expected: [/400 \(Bad Request\)/] }));

test("the help builds a link that leads in", () => visit("/", async (page) => {
  await settled(page);
  await page.getByRole("button", { name: "Help and shortcuts" }).click();
  const help = page.getByRole("dialog", { name: "Help and shortcuts" });
  await help.getByLabel("Object name").fill("Abandoned cart");
  await help.getByLabel("Element").fill("Ask the shop");
  await help.getByLabel("Status").selectOption("failure");
  await help.getByRole("button", { name: "Copy the link" }).click();
  let link = "";
  await until(async () => assert.match(link = await page.evaluate(() => navigator.clipboard.readText()), /^http/));
  await page.goto(link);
  await settled(page);
  assert.deepEqual([params(page).get("object"), params(page).get("element"), params(page).get("status"), params(page).get("from")], ["Abandoned cart", "Ask the shop", "failure", "now-24h"]);
  assert.deepEqual(new Set(await column(page, "Object name")), new Set(["Abandoned cart"]));
}));

test("a period from the beginning of time shows all", () => visit("/?from=0", async (page) => {
  await settled(page);
  assert.ok(await total(page) >= 300);
  assert.match(await page.locator(".histo-head").innerText(), /\d+ min per bar/, "the chart begins with the first event, not in 1970");
  assert.ok(Date.parse(await page.locator("tr[data-id] time").first().getAttribute("datetime")) > Date.now() - HOUR);
}));

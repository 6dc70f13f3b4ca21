// The panel of one event.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MINUTE, traffic } from "./seed.mjs";
import { record } from "./server.mjs";
import { asked, params, settled, until, world } from "./suite.mjs";

/** The largest record in round figures; at 16 MiB the receiver refuses. */
const LARGE_BYTES = 5_000_000;
const held = world(async (server) => {
  const now = Date.now();
  await server.send(traffic({ count: 60, hours: 10, ago: 10 * MINUTE }));
  await server.send([
    record({
      time: now - 2 * MINUTE, event: "journey.api.called", status: "failure", reason: "HTTP 503", occurred_in: "journey", object: "Parcel tracking", version: "12",
      element: "Ask the carrier", element_type: "api_call", performed_by: "system", performed_by_type: "system", person: "person-of-the-parcel", interaction: "interaction-of-the-parcel", duration: 2_020,
      body: { parcel: { number: "PX-42", weights: [1.5, 2.5], fragile: true }, note: "left at the neighbour’s" }, more: { "carrier.code": "hermes", "http.response.status_code": 503 },
    }),
    // Nothing but what OpenTelemetry itself has: the columns come from elsewhere.
    record({ time: now - MINUTE, event: "acme.charge", severity: 17, more: { "session.id": "session-1", "exception.type": "Timeout" } }),
  ]);
});
const { visit } = held;
const panel = (page) => page.getByRole("complementary", { name: "Details" });
const line = (page, label) => panel(page).locator(".kv").filter({ has: page.locator("dt", { hasText: new RegExp(`^${label}$`) }) });
const node = (page, key) => panel(page).getByRole("treeitem").filter({ has: page.locator(".k", { hasText: new RegExp(`^${key}$`) }) });
const parcel = async () => (await asked(held.server, "events?object=Parcel+tracking")).events[0];
const openParcel = async (page) => {
  await settled(page);
  await page.locator(`tr[data-id="${(await parcel()).id}"] td`).first().click();
  await panel(page).locator("h2").waitFor();
};

test("says in one sentence what happened", () => visit("/", async (page) => {
  await openParcel(page);
  const said = await panel(page).locator(".said h2").innerText();
  for (const part of ["Parcel tracking", "Ask the carrier", "HTTP 503", "2.02 s"]) assert.ok(said.includes(part), `${said} lacks ${part}`);
  assert.match(await panel(page).locator(".when").innerText(), /Failure[\s\S]*2026|Failure[\s\S]*\d{4}/);
  const bold = await panel(page).locator(".said h2 b").allInnerTexts();
  assert.ok(bold.includes("Parcel tracking"));
}));

test("lists the columns, and of what each derived one was made", () => visit("/?event=acme.charge", async (page) => {
  await settled(page);
  await page.locator("tr[data-id] td").first().click();
  await panel(page).locator(".kv").first().waitFor();
  const { derived } = await asked(held.server, `events/${params(page).get("sel")}`);
  for (const [column, label] of [["status", "Status"], ["interaction", "Interaction ID"], ["service", "Service"]]) {
    if (!(column in derived)) continue;
    const rule = line(page, label).locator(".from");
    assert.match(await rule.innerText(), /^derived from /);
    assert.ok((await rule.getAttribute("title")).includes(derived[column]), derived[column]);
  }
  assert.ok(await panel(page).locator(".from").count() >= 2, JSON.stringify(derived));
}));

test("the payload is a tree with a search of its own", () => visit("/", async (page) => {
  await openParcel(page);
  assert.equal(await node(page, "carrier\\.code").locator(".v").innerText(), "hermes");
  assert.equal(await node(page, "PX-42").count(), 0, "what is folded is not made");
  const body = panel(page).getByRole("treeitem").filter({ has: page.locator(".k", { hasText: /^body$/ }) });
  assert.equal(await body.getAttribute("aria-expanded"), "false");
  await body.click();
  await node(page, "parcel").click();
  assert.equal(await node(page, "number").locator(".v").innerText(), "PX-42");
  await panel(page).getByRole("searchbox", { name: "Search in this event" }).fill("neighbour");
  await until(async () => assert.match(await panel(page).locator(".tree-found").innerText(), /^1 in the payload/));
  assert.equal(await node(page, "note").locator("mark").innerText(), "neighbour");
  assert.equal(await panel(page).locator(".kv").count(), 0, "the columns are searched too");
  await panel(page).getByRole("searchbox").fill("");
  await until(async () => assert.ok(await panel(page).locator(".kv").count() > 10));
}));

test("what is for the machine is folded away, found by the search, and stays unfolded", () => visit("/", async (page) => {
  await openParcel(page);
  assert.equal(await line(page, "Event ID").count(), 0);
  assert.ok((await node(page, "body").boundingBox()).y < 880, "the payload begins in sight");
  const { id } = await parcel();
  await panel(page).getByRole("searchbox").fill(id);
  await until(async () => assert.equal(await line(page, "Event ID").locator("mark").innerText(), id));
  await panel(page).getByRole("searchbox").fill("");
  await panel(page).getByRole("button", { name: /^\d+ more columns$/ }).click();
  await line(page, "Event ID").waitFor();
  await panel(page).getByRole("button", { name: /^Previous in the list|^Next in the list/ }).and(page.locator(":enabled")).first().click();
  await until(async () => assert.notEqual(params(page).get("sel"), id));
  await line(page, "Event ID").waitFor();
}));

test("an id is found whole, with its hyphens", () => visit("/", async (page) => {
  await openParcel(page);
  await panel(page).getByRole("searchbox", { name: "Search in this event" }).fill("person-of-the-parcel");
  await until(async () => assert.equal(await panel(page).locator(".kv").count(), 1));
  assert.equal(await line(page, "Person ID").locator("mark").innerText(), "person-of-the-parcel");
}));

test("the tree is walked by keys", () => visit("/", async (page) => {
  await openParcel(page);
  const focused = () => page.evaluate(() => document.activeElement?.querySelector(".k")?.textContent);
  await panel(page).locator("[role=treeitem][tabindex='0']").focus();
  const first = await focused();
  await page.keyboard.press("ArrowDown");
  assert.notEqual(await focused(), first);
  await page.keyboard.press("End");
  const last = await focused();
  await page.keyboard.press("Home");
  assert.equal(await focused(), first);
  assert.notEqual(last, first);
  const opened = async () => page.evaluate(() => document.activeElement?.getAttribute("aria-expanded"));
  const was = await opened();
  await page.keyboard.press(was === "true" ? "ArrowLeft" : "ArrowRight");
  await until(async () => assert.notEqual(await opened(), was));
}));

test("shows the record as JSON that people read, and as it was sent, equal to what the API says", () => visit("/", async (page) => {
  await openParcel(page);
  await panel(page).getByRole("button", { name: "JSON", exact: true }).click();
  const read = JSON.parse(await panel(page).locator("pre.json").innerText());
  assert.equal(typeof read.attributes, "object");
  assert.ok(!JSON.stringify(read).includes("stringValue"));
  await panel(page).getByRole("button", { name: "OTLP", exact: true }).click();
  const shown = JSON.parse(await panel(page).locator("pre.json").innerText());
  assert.deepEqual(shown, (await asked(held.server, `events/${(await parcel()).id}`)).record);
  await panel(page).getByRole("button", { name: "Copy payload" }).click();
  await until(async () => assert.deepEqual(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())), shown));
}));

test("any value filters the log, for or out, or becomes a column", () => visit("/", async (page) => {
  await openParcel(page);
  await line(page, "Object name").hover();
  await line(page, "Object name").getByRole("button", { name: "Filter out: Object name" }).click();
  await until(() => assert.equal(params(page).get("object"), "!Parcel tracking"));
  await page.goBack();
  await panel(page).locator("h2").waitFor();
  await node(page, "carrier\\.code").hover();
  await node(page, "carrier\\.code").getByRole("button", { name: "Show as column: carrier.code" }).click();
  await until(() => assert.match(params(page).get("cols"), /attr\.carrier\.code/));
  await until(async () => assert.ok((await page.locator("tr[data-id]").allInnerTexts()).some((row) => row.includes("hermes"))));
  await node(page, "carrier\\.code").hover();
  await node(page, "carrier\\.code").getByRole("button", { name: "Filter for: carrier.code" }).click();
  await until(() => assert.equal(params(page).get("attr.carrier.code"), "hermes"));
  await settled(page);
  await until(async () => assert.equal(await page.locator("tr[data-id]").count(), 1));
}));

test("a number of the payload filters by its value", () => visit("/", async (page) => {
  await openParcel(page);
  await node(page, "http\\.response\\.status_code").hover();
  await node(page, "http\\.response\\.status_code").getByRole("button", { name: /^Filter for/ }).click();
  await until(() => assert.equal(params(page).get("attr.http.response.status_code"), "503"));
  await until(async () => assert.equal(await page.locator("tr[data-id]").count(), 1));
}));

test("copies a value, and a link to the event that opens it", () => visit("/", async (page) => {
  await openParcel(page);
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await line(page, "Person ID").hover();
  await line(page, "Person ID").getByRole("button", { name: "Copy: Person ID" }).click();
  await until(async () => assert.equal(await clipboard(), "person-of-the-parcel"));
  await panel(page).getByRole("button", { name: "Copy link to this event" }).click();
  await until(async () => assert.match(await clipboard(), /^http.*sel=/));
  await page.goto(await clipboard());
  await panel(page).locator(".said h2").waitFor();
  assert.match(await panel(page).locator(".said h2").innerText(), /Parcel tracking/);
  await settled(page);
  await page.locator("tr[aria-selected=true]").waitFor();
}));

test("its edge is dragged, and keeps its place", () => visit("/", async (page) => {
  await openParcel(page);
  const width = async () => (await panel(page).boundingBox()).width;
  const before = await width();
  const edge = await panel(page).getByRole("separator").boundingBox();
  await page.mouse.move(edge.x + edge.width / 2, edge.y + 200);
  await page.mouse.down();
  await page.mouse.move(edge.x - 100, edge.y + 200, { steps: 5 });
  await page.mouse.up();
  const wider = await width();
  assert.ok(wider > before + 60 && wider <= 720, `${before} became ${wider}`);
  await page.reload();
  await panel(page).locator("h2").waitFor();
  assert.equal(await width(), wider);
}));

test("an event that is not there says so, and the log stays", () => visit("/?sel=00000000000000000000000000000000", async (page) => {
  await settled(page);
  await panel(page).getByText("This event is not kept any more").waitFor();
  assert.ok(await page.locator("tr[data-id]").count() > 5);
}, { expected: [/404 \(Not Found\)/] }));

test("a record of 5 MB opens, is searched, and freezes nothing", async (t) => {
  const line = "every word of this sentence counts for the size of the record; ";
  const items = Array.from({ length: 2_000 }, (_, at) => ({ at, text: line.repeat(38) }));
  const large = record({ time: Date.now() - 1_000, event: "acme.large", status: "success", object: "Large", body: { items, last: "needle" } });
  const bytes = Buffer.byteLength(JSON.stringify(large.body));
  assert.ok(bytes > LARGE_BYTES, `${bytes} bytes`);
  await held.server.send([large]);
  await visit("/?event=acme.large", async (page) => {
    await settled(page);
    const start = Date.now();
    await page.locator("tr[data-id] td").first().click();
    await panel(page).getByRole("treeitem").first().waitFor();
    t.diagnostic(`a record of ${(bytes / 1e6).toFixed(1)} MB opened in ${Date.now() - start} ms`);
    const searched = Date.now();
    await panel(page).getByRole("searchbox", { name: "Search in this event" }).fill("needle");
    await panel(page).locator(".tree-found").waitFor();
    await until(async () => assert.match(await panel(page).locator(".tree-found").innerText(), /^1 in the payload/));
    t.diagnostic(`it was searched in ${Date.now() - searched} ms`);
    await panel(page).getByRole("searchbox").fill("");
    assert.ok(await panel(page).getByRole("treeitem").count() < 100);
    await panel(page).getByRole("button", { name: "JSON", exact: true }).click();
    assert.ok((await panel(page).locator("pre.json").innerText()).length < 100_000, "only the beginning is made");
  });
});

// Where it goes wrong: objects, versions, elements, and two versions beside each other.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NARROW, WIDE } from "./browser.mjs";
import { HOUR, traffic } from "./seed.mjs";
import { record } from "./server.mjs";
import { asked, column, params, settled, until, world } from "./suite.mjs";

/** Version 8 fails at one element in every second event, version 7 in none; version 9 has hardly run. */
function releases() {
  const now = Date.now();
  return Array.from({ length: 210 }, (_, at) => {
    const version = at < 100 ? "7" : at < 200 ? "8" : "9";
    const element = at % 2 === 0 ? "Ask the carrier" : "Is a member";
    return record({
      time: now - 10 * HOUR + at * 60_000, event: "journey.api.called", occurred_in: "journey", object: "Parcel tracking", version, element, element_type: at % 2 === 0 ? "api_call" : "condition",
      status: version === "8" && element === "Ask the carrier" && at % 4 === 0 ? "failure" : "success", duration: version === "8" ? 900 : 100, interaction: `tracking-${at}`,
    });
  });
}
/** Two versions that fail nearly as often, and one that has hardly run. */
function steady() {
  const now = Date.now();
  const failed = { 1: 40, 2: 34, 3: 1 };
  return [1, 2, 3].flatMap((version) => Array.from({ length: version === 3 ? 4 : 200 }, (_, at) => ["Look up carrier", undefined].map((element, part) => record({
    time: now - 8 * HOUR + at * 60_000 + part * 1_000, event: element ? "journey.api.called" : "journey.exited", occurred_in: "journey", object: version === 3 ? "Hardly run" : "Steady", version: String(version), element,
    status: at < failed[version] ? "failure" : "success", interaction: `steady-${version}-${at}`,
  }))).flat());
}
const held = world(async (server) => {
  await server.send(releases());
  await server.send(steady());
  await server.send(traffic({ count: 200, hours: 20 }));
});
const { visit } = held;
const objects = (page) => page.getByRole("navigation", { name: "Objects and versions" });
const cells = (page, element) => page.locator("table.heat tbody tr").filter({ has: page.locator("th", { hasText: element }) }).locator("td").allInnerTexts();
const ready = (page) => page.locator("table.heat tbody tr").first().waitFor();

test("objects stand worst first, with the counts of the API", () => visit("/hotspots", async (page) => {
  await ready(page);
  const answer = await asked(held.server, "hotspots");
  const shown = await objects(page).locator("a.obj:not(.child)").evaluateAll((all) => all.map((one) => [one.querySelector(".cut").textContent, ...[...one.querySelectorAll(".num")].map((number) => number.firstChild.textContent)]));
  assert.deepEqual(shown.map(([name]) => name), answer.objects.map(({ object }) => object));
  assert.deepEqual(shown.map(([, count]) => Number(count.replace(/,/g, ""))), answer.objects.map(({ interactions }) => interactions));
}));

test("two versions are compared, element by element, and a sentence says what became worse", () => visit("/hotspots?object=Parcel+tracking&compare_a=7&compare_b=8", async (page) => {
  await ready(page);
  const said = await page.locator(".hot-head h1").innerText();
  assert.match(said, /Parcel tracking v8/);
  assert.match(said, /v7 never did/);
  assert.match(said, /all of it at Ask the carrier/);
  const { compare } = await asked(held.server, "hotspots?object=Parcel+tracking&compare_a=7&compare_b=8");
  const carrier = compare.elements.find(({ element }) => element === "Ask the carrier");
  const shown = await cells(page, "Ask the carrier");
  assert.equal(shown[0], String(carrier.a.interactions));
  assert.deepEqual(shown.slice(6, 9), [carrier.b.interactions, carrier.b.failed_interactions, carrier.b.first_failed].map(String));
  assert.match(shown[9], /^50(\.0)?\s?%$/);
  assert.match(shown[11], /^(89|90)\d ms$/, "a duration is exact to a part of a hundred");
  assert.match(shown[12], /\+50/);
}));

test("what is not sure has no colour, and what fails stands first", () => visit("/hotspots?object=Steady&compare_a=1&compare_b=2", async (page) => {
  await ready(page);
  assert.match(await page.locator(".hot-head h1").innerText(), /about as often as v1: in 17\.0% and 20\.0% of the interactions, all of it at Look up carrier\.$/);
  assert.equal(await page.locator("table.heat tbody :is(.up, .down)").count(), 0);
  assert.match(await page.locator("table.heat tbody th").first().innerText(), /Look up carrier/);
}));

test("what red means is told where it is seen", () => visit("/hotspots?object=Parcel+tracking&compare_a=7&compare_b=8", async (page) => {
  await ready(page);
  await page.getByText("Red: fails more often than everything else").waitFor();
  await page.goto(`${held.server.page}/hotspots?object=Parcel+tracking&compare_a=8&compare_b=99`);
  await ready(page);
}));

test("one version that has hardly run says so", () => visit("/hotspots?object=Hardly+run", async (page) => {
  await ready(page);
  assert.equal(await page.locator(".hot-head h1").innerText(), "Hardly run failed in 1 of 4 interactions: too few to tell how often it fails.");
}));

test("few interactions get a warning, not a difference", () => visit("/hotspots?object=Parcel+tracking&compare_a=8&compare_b=9", async (page) => {
  await ready(page);
  assert.match(await page.locator(".hot-head h1").innerText(), /cannot be compared|only 10 interactions/);
  assert.match((await cells(page, "Ask the carrier"))[12], /only 5/);
}));

test("a version that did not run is said to have no events", () => visit("/hotspots?object=Parcel+tracking&compare_a=8&compare_b=99", async (page) => {
  await ready(page);
  assert.match(await page.locator(".hot-head h1").innerText(), /^Parcel tracking v99 cannot be compared with v8 yet: v99 has no events in this period\.$/);
  assert.match(await page.locator(".vs > div").nth(1).innerText(), /did not run in this period/);
  await page.getByRole("button", { name: "Compare v8 with v99" }).click();
  assert.equal(await page.getByRole("combobox", { name: "Version B" }).inputValue(), "99");
}));

test("only what fails more often than everything else is coloured", () => visit("/hotspots?object=Parcel+tracking&compare_a=7&compare_b=8", async (page) => {
  await ready(page);
  const rates = Object.fromEntries(await objects(page).locator("a.obj:not(.child)").evaluateAll((all) => all.map((one) => [one.querySelector(".cut").textContent, one.querySelector(".num.bad") !== null])));
  assert.deepEqual([rates["Parcel tracking"], rates.Steady, rates["Hardly run"]], [false, false, false], "one in eight is no more than the others");
  const versions = Object.fromEntries(await objects(page).locator("a.child").evaluateAll((all) => all.map((one) => [one.querySelector(".cut").textContent, one.querySelector(".num.bad") !== null])));
  assert.deepEqual([versions.v7, versions.v9], [false, false]);
  const heat = await page.locator("table.heat tbody tr").filter({ hasText: "Ask the carrier" }).locator("td").evaluateAll((all) => all.map((one) => /\bh\d/.exec(one.className)?.[0] ?? ""));
  assert.match(heat[9], /h[12]/);
  assert.deepEqual(heat.filter((one) => one !== ""), [heat[9]]);
}));

test("two versions with long names stand within the window", async () => {
  const now = Date.now();
  await held.server.send(Array.from({ length: 40 }, (_, at) => record({
    time: now - HOUR - at * 1_000, event: "journey.api.called", occurred_in: "journey", object: "Long names", version: `2026-11-25-candidate-of-the-evening-${at % 2}`, element: "Ask", status: "success", interaction: `interaction-${at}`,
  })));
  for (const viewport of [NARROW, WIDE]) {
    await visit("/hotspots?object=Long+names", async (page) => {
      await page.locator(".vs > div").nth(1).waitFor();
      const [head, last, figures] = await page.evaluate(() => [".hot-head", ".vs > div:last-child", ".vs > div:last-child dl"].map((part) => document.querySelector(part).getBoundingClientRect().right));
      assert.ok(last < head && figures < last, `${figures}, ${last}, ${head}`);
    }, { viewport });
  }
});

test("names of elements can be read beside two versions on a small screen", () => visit("/hotspots?object=Parcel+tracking&compare_a=7&compare_b=8", async (page) => {
  await ready(page);
  const cut = await page.locator("table.heat tbody .name .cut").evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent));
  assert.deepEqual(cut, []);
}, { viewport: NARROW }));

test("a number of failures leads to exactly those events", () => visit("/hotspots?object=Parcel+tracking&compare_a=7&compare_b=8", async (page) => {
  await ready(page);
  const link = page.getByRole("link", { name: /failed: show them in the log/ }).first();
  const count = Number(await link.innerText());
  await link.click();
  await settled(page);
  assert.deepEqual([params(page).get("object"), params(page).get("element"), params(page).get("version"), params(page).getAll("status")], ["Parcel tracking", "Ask the carrier", "8", ["failure", "timed_out"]]);
  await until(async () => assert.deepEqual([await page.locator(".histo .total").innerText(), await page.locator(".histo .within").innerText()], [`${count} events`, `in ${count} interactions`]));
  assert.deepEqual(new Set(await column(page, "Status")), new Set(["Failure"]));
  await page.goBack();
  await ready(page);
}));

test("an element leads to its events", () => visit("/hotspots?object=Parcel+tracking", async (page) => {
  await ready(page);
  await page.getByRole("link", { name: "Is a member", exact: true }).click();
  await settled(page);
  assert.deepEqual([params(page).get("object"), params(page).get("element")], ["Parcel tracking", "Is a member"]);
}));

test("versions are chosen, swapped, and kept in the address", () => visit("/hotspots?object=Parcel+tracking", async (page) => {
  await ready(page);
  await page.getByRole("button", { name: /^Compare / }).click();
  const dialog = page.getByRole("dialog", { name: "Compare two versions" });
  await dialog.getByRole("combobox", { name: "Version A" }).selectOption("7");
  await until(() => assert.equal(params(page).get("compare_a"), "7"));
  await dialog.getByRole("combobox", { name: "Version B" }).selectOption("8");
  await until(() => assert.equal(params(page).get("compare_b"), "8"));
  await dialog.getByRole("button", { name: "Swap" }).click();
  await until(() => assert.deepEqual([params(page).get("compare_a"), params(page).get("compare_b")], ["8", "7"]));
  await page.reload();
  await ready(page);
  assert.match(await page.locator(".hot-head h1").innerText(), /Parcel tracking v7/);
}));

test("the table is sorted by what its head is clicked for", () => visit("/hotspots?object=Parcel+tracking&compare_a=7&compare_b=8", async (page) => {
  await ready(page);
  await page.getByRole("button", { name: "Interactions", exact: true }).click();
  await page.locator("th[aria-sort=descending]", { hasText: "Interactions" }).waitFor();
  const counts = (await page.locator("table.heat tbody tr td:nth-of-type(7)").allInnerTexts()).map(Number);
  assert.deepEqual(counts, [...counts].sort((one, other) => other - one));
}));

test("another object is a click, and Back returns", () => visit("/hotspots?object=Parcel+tracking", async (page) => {
  await ready(page);
  await objects(page).getByRole("link", { name: /^Welcome/ }).click();
  await until(async () => assert.match(await page.locator(".hot-head h1").innerText(), /^Welcome/));
  assert.equal(params(page).get("object"), "Welcome");
  await page.goBack();
  await until(async () => assert.match(await page.locator(".hot-head h1").innerText(), /^Parcel tracking/));
}));

test("filters narrow what is counted", () => visit("/hotspots?occurred_in=chatbot", async (page) => {
  await ready(page);
  const answer = await asked(held.server, "hotspots?occurred_in=chatbot");
  assert.deepEqual(await objects(page).locator("a.obj:not(.child) .cut").allInnerTexts(), answer.objects.map(({ object }) => object));
}));

test("an object of one name in two contexts is shown in both", () => visit("/hotspots", async (page) => {
  const now = Date.now();
  const both = (occurred_in, version) => record({ time: now - 60_000, event: "acme.both", occurred_in, object: "In both", version, element: "One", status: "failure" });
  await held.server.send(["journey", "chatbot"].flatMap((context) => ["1", "2"].map((version) => both(context, version))));
  await page.goto(`${held.server.page}/hotspots?object=In+both`);
  await ready(page);
  assert.equal(await objects(page).getByRole("link", { name: /^In both/ }).count(), 2);
}));

test("the list shows what it is sorted by", () => visit("/hotspots", async (page) => {
  await page.locator("a.obj").first().waitFor();
  const told = await page.locator(".objects .obj:not(.head, .child) .num:last-child").allInnerTexts();
  const failures = told.map((text) => Number(text.match(/^([\d,]+) · [\d.]+%/)[1].replace(/,/g, "")));
  assert.ok(failures.length > 2);
  assert.deepEqual(failures, failures.toSorted((one, other) => other - one));
}));

test("when a version ran is told with its zone", () => visit("/hotspots?object=Parcel+tracking&compare_a=7&compare_b=8", async (page) => {
  await page.locator(".vs .quiet").first().waitFor();
  for (const text of await page.locator(".vs > div > span > .quiet").allInnerTexts()) assert.match(text, / to .* UTC[+−]\d/);
}));

test("an empty period offers a longer one, and nothing that is set already", async () => {
  const hollow = (page) => page.locator(".hollow");
  await visit("/hotspots?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z", async (page) => {
    await hollow(page).getByRole("button", { name: "All time" }).click();
    await page.locator("a.obj").first().waitFor();
  });
  await visit("/hotspots?from=0&event=acme.never", async (page) => {
    await hollow(page).waitFor();
    assert.deepEqual(await hollow(page).getByRole("button").allInnerTexts(), ["Clear filters"]);
    assert.doesNotMatch(await hollow(page).innerText(), /longer/);
  });
  await visit("/hotspots?from=now-5m&event=acme.never", async (page) => {
    await hollow(page).getByRole("button", { name: "Last 30 days" }).waitFor();
  });
});

// Every page at every width: nothing is too wide, too small to be hit, cut where it counts, or behind something else.

import assert from "node:assert/strict";
import { test } from "node:test";

import { accessible, fits, NARROW, PHONE, WIDE } from "./browser.mjs";
import { HOUR, MINUTE, traffic } from "./seed.mjs";
import { record } from "./server.mjs";
import { settled, until, world } from "./suite.mjs";

const ZOOMED = { width: 720, height: 450 };
const ID = "interaction-of-a-long-day";
// What has not ended has the longest word that there is for it.
const start = Date.now() - 23 * HOUR - 47 * MINUTE;
const common = { interaction: ID, person: "person-of-a-long-day", conversation: "conversation-of-a-long-day", version: "2026-11-30" };
const steps = Array.from({ length: 12 }, (_, at) => record({
  ...common, time: start + at * 11 * MINUTE + 1_040, event: ["journey.api.called", "journey.wait.started", "chatbot.message.sent"][at % 3], status: at === 6 ? "failure" : "success", reason: at === 6 ? "HTTP 429 Too Many Requests" : undefined,
  occurred_in: at % 3 === 2 ? "chatbot" : "journey", object: at % 3 === 2 ? "Service desk" : "Cart reminder", element: "Wait for a quiet hour", duration: 508_000 + at, body: at % 3 === 2 ? "Your parcel is late." : undefined, performed_by: "journey-engine", performed_by_type: "system",
}));
const held = world(async (server) => {
  await server.send(traffic({ count: 300, seed: 4 }));
  await server.send([
    record({ ...common, time: start, event: "journey.started", status: "in_progress", occurred_in: "journey", object: "Cart reminder" }),
    record({ ...common, time: start + 300, event: "journey.condition.evaluated", status: "success", occurred_in: "journey", object: "Cart reminder", element: "Is a member", duration: 12 }), ...steps,
    ...["ana", "bo", "cy"].map((person, at) => record({ ...common, person, time: start + 12 * 11 * MINUTE + at, event: "conversation.message.received", status: "success", occurred_in: "conversation", object: "Returns", performed_by: person, performed_by_type: "user", body: `I am ${person}.` })),
  ]);
});
const { visit } = held;
const panel = (page) => page.getByRole("complementary", { name: "Details" });
const chosen = async (page) => {
  await page.locator("section.steps tr[data-id] .st-failure").first().click();
  await panel(page).locator(".said h2").waitFor();
};
const MANY = "/?status=failure&status=timed_out&object=Abandoned+cart&element=Ask+the+shop&version=7&performed_by=system&person=person-0001-of-the-seed&interaction=interaction-0001-of-the-seed";

/** Each page, by address, what it is ready by, and what is done with it. */
const PAGES = {
  "the log": ["/", settled],
  "a log with many filters": [MANY, settled],
  "details": ["/", async (page) => { await settled(page); await page.locator("[data-id]").first().click(); await panel(page).getByRole("treeitem").first().waitFor(); }],
  "an interaction": [`/i/${ID}`, (page) => page.locator("section.steps tr[data-id]").first().waitFor()],
  "an interaction with details": [`/i/${ID}`, chosen],
  "hot-spots": ["/hotspots", (page) => page.locator("a.obj").first().waitFor()],
  "two versions": ["/hotspots?object=Abandoned+cart&compare_a=7&compare_b=8", (page) => page.locator("table.heat tbody tr, li.element").first().waitFor()],
  "the catalogue": ["/events", (page) => page.locator(".catalogue dt").first().waitFor()],
  "the help": ["/", async (page) => { await settled(page); await page.keyboard.press("?"); await page.getByRole("dialog", { name: /^Help/ }).waitFor(); }],
  "views": ["/", async (page) => { await settled(page); await page.getByRole("button", { name: "Views" }).click(); await page.getByRole("dialog", { name: "Saved views" }).getByRole("button", { name: "Save this view" }).waitFor(); }],
};

/** What must be whole where it is in sight: times, numbers, heads. */
const WHOLE = "table.log thead th, table.log time, table.step time, .step .off, .step .took, table.heat td, table.heat thead th, .total, .legend b, .obj .num, .facts dt, .card time, .step .st .cut";

/** The texts of what is cut off, each with by how much. */
const cut = (page) => page.locator(WHOLE).evaluateAll((all) => all
  .filter((one) => one.offsetWidth > 0 && getComputedStyle(one).visibility === "visible")
  .flatMap((one) => {
    const room = one.getBoundingClientRect();
    const texts = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
    const over = [];
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      if (text.data.trim() === "" || text.parentElement.closest(".sr")) continue;
      const words = document.createRange();
      words.selectNodeContents(text);
      const { left, right } = words.getBoundingClientRect();
      over.push(Math.round(Math.max(right - room.right, room.left - left)));
    }
    const most = Math.max(0, ...over);
    return most > 1 ? [`${one.tagName} ${one.textContent.trim()}: ${most} px`] : [];
  }));

for (const [width, viewport] of Object.entries({ wide: WIDE, narrow: NARROW, zoomed: ZOOMED, phone: PHONE })) {
  for (const [name, [path, ready]] of Object.entries(PAGES)) {
    test(`${name}, ${width}: it fits, can be hit, and no number is cut`, () => visit(path, async (page) => {
      await ready(page);
      await fits(page, `${name}, ${width}`);
      assert.deepEqual(await cut(page), []);
      await accessible(page, `${name}, ${width}`);
    }, { viewport, theme: width === "zoomed" || width === "narrow" ? "dark" : "light" }));
  }
}

for (const viewport of [WIDE, NARROW, ZOOMED]) {
  test(`what is filtered by stands first, and nothing beside the way back, at ${viewport.width}`, () => visit(MANY, async (page) => {
    await settled(page);
    const clear = page.locator(".filters").getByRole("button", { name: "Clear filters" });
    const seen = await page.locator(".filters").evaluate((row) => {
      const way = row.querySelector(".clear").getBoundingClientRect();
      const chips = [...row.querySelectorAll(".chip-wrap")].map((one) => ({ set: one.querySelector(".set") !== null, id: /ID|Performed/.test(one.textContent) }));
      const beyond = document.elementFromPoint(innerWidth - 4, way.top + way.height / 2);
      return { chips, right: way.right, hidden: beyond.closest(".chip-wrap") !== null };
    });
    assert.equal(seen.hidden, false, "no chip shows behind the way back");
    assert.ok(seen.right >= viewport.width - 1);
    const typed = seen.chips.filter(({ id }, at) => id && at > 6).map(({ set }) => set);
    assert.deepEqual(typed, typed.toSorted((one, other) => Number(other) - Number(one)));
    await clear.click();
    await until(async () => assert.equal(await page.locator(".chip.set").count(), 0));
  }, { viewport }));
}

test("under a zoom of 200 % the time of each event is in sight", () => visit("/", async (page) => {
  await settled(page);
  const right = await page.locator("tr[data-id] time").evaluateAll((all) => Math.max(...all.map((time) => time.getBoundingClientRect().right)));
  assert.ok(right <= ZOOMED.width, `${right} px`);
}, { viewport: ZOOMED }));

test("under a zoom of 200 % a step says what it was, and the transcript comes after the steps", () => visit(`/i/${ID}`, async (page) => {
  await page.locator("section.steps tr[data-id]").first().waitFor();
  await page.locator(".split").evaluate((one) => one.scrollIntoView());
  const places = await page.evaluate(() => Object.fromEntries([["steps", "section.steps"], ["talk", ".talk"], ["name", "section.steps tr[data-id] .c-e"], ["switch", "section.steps .seg"]].map(([name, path]) => {
    const { left, right, top, bottom } = document.querySelector(path).getBoundingClientRect();
    return [name, { left, right, top, bottom }];
  })));
  assert.ok(places.name.right <= ZOOMED.width && places.switch.right <= ZOOMED.width, JSON.stringify(places));
  assert.ok(places.talk.top >= places.steps.bottom - 1, "one below the other");
  assert.ok(places.steps.right >= ZOOMED.width - 1, "with all of the width");
}, { viewport: ZOOMED }));

test("on a phone the steps say how many of them are shown, and who else was there", () => visit(`/i/${ID}`, async (page) => {
  await page.locator("section.steps tr[data-id]").first().waitFor();
  assert.match(await page.locator(".facts").innerText(), /and 3 more/);
  const head = page.locator("section.steps .pane-head");
  assert.match(await head.innerText(), /1 of 17/);
  assert.equal(await page.getByRole("button", { name: "All", exact: true }).getAttribute("aria-pressed"), "false");
  await page.getByRole("button", { name: "All", exact: true }).tap();
  await until(async () => assert.equal(await page.locator("section.steps tr[data-id]").count(), 17));
  assert.equal(await page.getByRole("button", { name: "All", exact: true }).getAttribute("aria-pressed"), "true");
}, { viewport: PHONE }));

test("people of a conversation are told apart in its transcript", () => visit(`/i/${ID}`, async (page) => {
  await page.locator(".talk .msg").first().waitFor();
  const names = await page.locator(".talk .msg:not(.out) .msg-who b").allInnerTexts();
  assert.equal(new Set(names).size, 3, names.join());
}));

test("an interaction is on paper with all of its steps and what was said", () => visit(`/i/${ID}`, async (page) => {
  await page.locator("section.steps tr[data-id]").first().waitFor();
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await until(async () => assert.equal(await page.locator("section.steps tr[data-id]").count(), 17));
  const paper = await page.evaluate(() => {
    const bottom = (path) => Math.max(...[...document.querySelectorAll(path)].map((one) => one.getBoundingClientRect().bottom));
    return { height: document.documentElement.scrollHeight, steps: bottom("section.steps tr[data-id]"), said: bottom(".talk .msg"), lanes: document.querySelector(".lanes")?.offsetHeight ?? 0 };
  });
  assert.ok(paper.said > paper.steps && paper.height >= paper.said - 1, JSON.stringify(paper));
  assert.equal(paper.lanes, 0);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
}));

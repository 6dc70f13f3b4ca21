// One interaction: the sentence, the lanes, the steps, the transcript; and one of 10,000 steps.

import assert from "node:assert/strict";
import { test } from "node:test";

import { HOUR, MINUTE } from "./seed.mjs";
import { PHONE } from "./browser.mjs";
import { record } from "./server.mjs";
import { asked, ids, params, until, world } from "./suite.mjs";

const ID = "interaction-of-the-order";
const MANY = 10_000;
const start = Date.now() - 3 * HOUR;
const common = { interaction: ID, person: "person-of-the-order", conversation: "conversation-of-the-order" };
const journey = { ...common, occurred_in: "journey", object: "Order follow-up", version: "4", performed_by: "system", performed_by_type: "system", status: "success" };
const bot = { ...common, occurred_in: "chatbot", object: "Order helper", version: "2", channel: "whatsapp", status: "success" };

/** A journey that starts and ends, an idle hour in it, a bot that talks, a failure, and a colleague who helps. */
function story() {
  return [
    record({ ...journey, time: start, event: "journey.started" }),
    record({ ...journey, time: start + 500, event: "journey.condition.evaluated", element: "Is a member", element_type: "condition", duration: 12 }),
    record({ ...journey, time: start + 1_000, event: "journey.wait.started", element: "One hour", element_type: "wait" }),
    record({ ...journey, time: start + HOUR, event: "journey.wait.ended", element: "One hour", element_type: "wait" }),
    record({ ...bot, time: start + HOUR + 1_000, event: "chatbot.session.started" }),
    record({ ...bot, time: start + HOUR + 2_000, event: "chatbot.message.received", performed_by: "person-of-the-order", performed_by_type: "person", body: "Where is my order?" }),
    record({ ...bot, time: start + HOUR + 3_000, event: "chatbot.message.sent", performed_by: "Order helper", performed_by_type: "bot", body: "I look it up for you." }),
    record({ ...journey, time: start + HOUR + 4_000, event: "journey.api.called", status: "failure", reason: "HTTP 503", element: "Ask the carrier", element_type: "api_call", duration: 2_020 }),
    record({ ...bot, time: start + HOUR + 5_000, event: "chatbot.message.sent", performed_by: "Order helper", performed_by_type: "bot", body: "I bring in a colleague." }),
    record({ ...bot, time: start + HOUR + 6_000, event: "chatbot.session.ended" }),
    record({ ...journey, time: start + HOUR + 2 * MINUTE, event: "journey.ended" }),
  ];
}

const held = world(async (server) => {
  await server.send(story());
  await server.send(Array.from({ length: 11 }, (_, at) => record({ ...journey, interaction: "interaction-of-many-waits", time: start + at * 5 * MINUTE, event: "journey.condition.evaluated", ...(at === 9 ? { status: "timed_out", reason: "no reply" } : {}) })));
  await server.send(Array.from({ length: 9 }, (_, at) => record({ ...journey, interaction: "interaction-of-short-waits", time: start + at * 44_800, event: "journey.condition.evaluated" })));
  const from = Date.now() - 2 * HOUR;
  await server.send(Array.from({ length: MANY }, (_, at) => record({
    time: from + at * 500, interaction: "interaction-of-many-steps", event: at % 2 === 0 ? "journey.api.called" : "journey.condition.evaluated", occurred_in: "journey",
    object: `Part ${at % 5}`, version: "1", element: `Step ${at}`, status: at === 7_000 ? "failure" : "success", reason: at === 7_000 ? "HTTP 500" : undefined, person: "person-of-many",
  })));
});
const { visit } = held;
const panel = (page) => page.getByRole("complementary", { name: "Details" });
const steps = (page) => page.locator("section.steps tr[data-id]");
const open = async (page, work) => {
  await steps(page).first().waitFor();
  return work;
};
const told = () => asked(held.server, `interactions/${ID}`);

test("says in one sentence where it failed and how it ended", () => visit(`/i/${ID}`, async (page) => {
  await open(page);
  const said = await page.locator(".ihead h1").innerText();
  for (const part of ["Order follow-up", "Ask the carrier", "HTTP 503"]) assert.ok(said.includes(part), said);
  const facts = Object.fromEntries(await page.locator(".facts > div").evaluateAll((all) => all.map((fact) => [fact.querySelector("dt").textContent, fact.querySelector("dd").textContent.replace(/\s+/g, " ").trim()])));
  assert.match(facts.Outcome, /1 failure/);
  assert.match(facts.Steps, /^11/);
  assert.match(facts.Steps, /2 contexts/);
  assert.match(facts.Took, /^1 h 2 min/);
  assert.match(facts.Started, /UTC/);
  assert.match(facts.Versions, /v4/);
  assert.ok(facts.Person && facts.Conversation, JSON.stringify(facts));
}));

test("many idle times each tell their length, and who only waited in vain has timed out", () => visit("/i/interaction-of-many-waits", async (page) => {
  await open(page);
  const { gaps } = await asked(held.server, "interactions/interaction-of-many-waits");
  assert.equal(gaps.length, 10);
  const folds = page.getByRole("button", { name: "Unfold 5 min" });
  assert.equal(await folds.count(), gaps.length);
  // The flag of the first failure covers the name of the one beneath it.
  const names = await page.locator(".fold-name").allInnerTexts();
  assert.ok(names.length >= gaps.length - 2 && names.every((name) => name === "5 min"), names.join());
  assert.equal((await page.locator(".facts > div").first().locator("dd").innerText()).trim(), "Finished, 1 timed out");
}));

test("the length of an idle time has room above it, and touches no time beside it", () => visit("/i/interaction-of-short-waits", async (page) => {
  await open(page);
  const names = await page.locator(".fold-name").evaluateAll((all) => all.map((one) => ({ text: one.innerText, over: one.querySelector(".in").offsetWidth - one.offsetWidth })));
  assert.equal(names.length, 8);
  assert.ok(names.every(({ text, over }) => text.startsWith("44.8 s") && over <= 0), JSON.stringify(names));
}));

test("lists the steps in order, the first failure in focus in all three views", () => visit(`/i/${ID}`, async (page) => {
  await open(page);
  const { events, first_failure } = await told();
  assert.deepEqual(await ids(page), events.map(({ id }) => id));
  assert.equal(await page.locator("tr[aria-selected=true]").getAttribute("data-id"), first_failure.id);
  assert.equal(await page.locator(".lanes .focus").count(), 1);
  assert.match(await page.locator(".lanes .focus").getAttribute("aria-label"), /Failure/);
  assert.equal(await page.locator(".talk [data-id].on").getAttribute("data-id"), first_failure.id);
  await page.getByText(/^First failure \d\d:\d\d:\d\d$/).waitFor();
  assert.equal(params(page).get("sel"), null);
}));

test("a lane for each context, with spans from start to finish and idle time folded", () => visit(`/i/${ID}`, async (page) => {
  await open(page);
  const { lanes, gaps, spans } = await told();
  assert.equal(lanes.length, 2);
  const shown = page.getByRole("group", { name: "Lanes" }).locator(".lane");
  assert.deepEqual((await shown.locator(".lane-name b").allInnerTexts()), ["Journey", "Chatbot"]);
  assert.ok(spans.length >= 2);
  assert.ok(await page.locator(".lanes .span").count() >= 2);
  assert.ok(gaps.length >= 1);
  const fold = page.getByRole("button", { name: /Unfold .* idle/ });
  assert.match(await page.locator(".fold-name").first().innerText(), /^59 min/);
  assert.equal(await fold.count(), gaps.length);
  assert.match(await fold.first().getAttribute("aria-label"), /59 min/);
  await fold.first().click();
  await until(async () => assert.equal(await fold.count(), gaps.length - 1));
  await page.getByRole("button", { name: "Fold idle time" }).click();
  await until(async () => assert.equal(await fold.count(), gaps.length));
  assert.match(await page.locator("tr.gap").first().innerText(), /59 min.* idle/);
}));

test("the transcript has what was said, by whom, in order", () => visit(`/i/${ID}`, async (page) => {
  await open(page);
  const talk = page.getByRole("region", { name: "Transcript" });
  assert.deepEqual(await talk.locator(".bubble").allInnerTexts(), ["Where is my order?", "I look it up for you.", "I bring in a colleague."]);
  assert.equal(await talk.locator(".msg").nth(0).evaluate((one) => one.classList.contains("out")), false);
  assert.equal(await talk.locator(".msg").nth(1).evaluate((one) => one.classList.contains("out")), true);
  assert.match(await talk.locator(".note").allInnerTexts().then((all) => all.join("|")), /HTTP 503|Ask the carrier/);
  await talk.getByRole("button", { name: "Copy transcript" }).click();
  await until(async () => assert.match(await page.evaluate(() => navigator.clipboard.readText()), /Where is my order\?[\s\S]*I look it up/));
  await talk.locator(".bubble").first().click();
  const { messages } = await told();
  await until(() => assert.equal(params(page).get("sel"), messages[0].id));
  assert.equal(await page.locator("tr[aria-selected=true]").getAttribute("data-id"), messages[0].id);
}));

test("one step is chosen in steps, lanes and panel at once, and kept in the address", () => visit(`/i/${ID}`, async (page) => {
  await open(page);
  const { events } = await told();
  await steps(page).nth(1).locator("td").first().click();
  await until(() => assert.equal(params(page).get("sel"), events[1].id));
  await panel(page).locator(".said h2").waitFor();
  assert.match(await panel(page).locator(".said h2").innerText(), /Is a member/);
  assert.match(await panel(page).locator(".panel-bar").innerText(), /2 of 11/);
  await page.keyboard.press("j");
  await until(() => assert.equal(params(page).get("sel"), events[2].id));
  await page.reload();
  await open(page);
  await panel(page).locator(".said h2").waitFor();
  assert.equal(await page.locator("tr[aria-selected=true]").getAttribute("data-id"), events[2].id);
  await page.keyboard.press("Escape");
  await panel(page).waitFor({ state: "detached" });
}));

test("the transcript is reached beside the details, and a message says its text", () => visit(`/i/${ID}`, async (page) => {
  await open(page);
  const { messages } = await told();
  await page.locator(`section.steps tr[data-id="${messages[0].id}"] td`).first().click();
  await panel(page).locator(".said h2").waitFor();
  assert.equal(await panel(page).locator(".quote").innerText(), "Where is my order?");
  await panel(page).getByRole("button", { name: "Transcript" }).click();
  const talk = panel(page).getByRole("region", { name: "Transcript" });
  assert.deepEqual(await talk.locator(".bubble").allInnerTexts(), ["Where is my order?", "I look it up for you.", "I bring in a colleague."]);
  await talk.locator(".bubble").nth(1).click();
  await until(() => assert.equal(params(page).get("sel"), messages[1].id));
  await talk.locator(`[data-id="${messages[1].id}"].on`).waitFor();
  await panel(page).getByRole("button", { name: "Details" }).click();
  await until(async () => assert.equal(await panel(page).locator(".quote").innerText(), "I look it up for you."));
  await page.setViewportSize({ width: 1900, height: 900 });
  await page.locator(".split .talk .bubble").first().waitFor();
  assert.equal(await panel(page).getByRole("button", { name: "Transcript" }).count(), 0, "there is room for both");
}));

test("steps have room beside many lanes, and the lanes scroll to what is in focus", () => visit("/i/interaction-of-many-lanes", async (page) => {
  const lanes = Array.from({ length: 14 }, (_, at) => record({ ...journey, object: `Part ${at}`, interaction: "interaction-of-many-lanes", time: start + at * 1_000, event: "journey.api.called", element: `Call ${at}`, status: at === 13 ? "failure" : "success" }));
  await held.server.send(lanes);
  await page.reload();
  await open(page);
  const box = (part) => page.locator(part).boundingBox();
  assert.ok((await box("section.steps .pane-scroll")).height >= 300, JSON.stringify(await box("section.steps .pane-scroll")));
  const [rows, focus] = [await box(".lanes-rows"), await box(".lanes .focus")];
  assert.ok(rows.height >= 120 && focus.y >= rows.y && focus.y + focus.height <= rows.y + rows.height, JSON.stringify([rows, focus]));
}, { expected: [/404 \(Not Found\)/] }));

test("in a low window, as under a zoom of 200 %, all of it is reached by scrolling", () => visit(`/i/${ID}`, async (page) => {
  await open(page);
  await steps(page).last().scrollIntoViewIfNeeded();
  await steps(page).last().locator("td").first().click();
  await panel(page).locator("h2").waitFor();
}, { viewport: { width: 720, height: 450 } }));

test("lanes, talk and the chosen step have edges where the system chooses the colours", () => visit(`/i/${ID}`, async (page) => {
  await open(page);
  const edge = (part) => page.locator(part).first().evaluate((one) => getComputedStyle(one).borderTopWidth);
  for (const part of [".lanes .span", ".bubble", ".talk .note", "section.steps tr[aria-selected=true] td"]) assert.notEqual(await edge(part), "0px", part);
}, { forcedColors: "active" }));

test("steps are searched, and narrowed to failures", () => visit(`/i/${ID}`, async (page) => {
  await open(page);
  await page.getByRole("searchbox", { name: "Search in these steps" }).fill("member");
  await until(async () => assert.equal(await steps(page).count(), 1));
  assert.equal(params(page).get("find"), "member");
  await page.getByRole("searchbox", { name: "Search in these steps" }).fill("");
  await until(async () => assert.equal(await steps(page).count(), 11));
  await page.getByRole("button", { name: /^Failures/ }).click();
  await until(async () => assert.equal(await steps(page).count(), 1));
  assert.equal(params(page).get("only"), "failures");
  await page.getByRole("searchbox", { name: "Search in these steps" }).fill("nothing like it");
  await page.getByRole("button", { name: "Show all steps" }).click();
  await until(async () => assert.equal(await steps(page).count(), 11));
}));

test("the way from the log and back keeps where one was", () => visit("/?object=Order+helper", async (page) => {
  await page.locator("tr[data-id] a.id").first().click();
  await open(page);
  assert.match(page.url(), new RegExp(`/i/${ID}`));
  await page.goBack();
  await until(() => assert.equal(params(page).get("object"), "Order helper"));
  await page.locator("tr[data-id]").first().waitFor();
}));

test("its breadcrumb leads to its events in the log", () => visit(`/i/${ID}`, async (page) => {
  await open(page);
  await page.getByRole("navigation", { name: "Where this is" }).getByRole("link", { name: "Log" }).click();
  await until(async () => assert.equal(await page.locator(".histo .total").innerText(), "11 events"));
  assert.equal(params(page).get("interaction"), ID);
}));

test("an interaction that goes on grows while one looks", () => visit("/i/interaction-that-goes-on", async (page) => {
  await page.getByText("No event of this interaction is kept").waitFor();
  const step = (at) => record({ ...journey, interaction: "interaction-that-goes-on", time: Date.now() - 1_000 + at, event: at === 0 ? "journey.started" : "journey.api.called", element: "Call" });
  await held.server.send([step(0)]);
  await page.reload();
  await open(page);
  await held.server.send([step(1), step(2)]);
  await until(async () => assert.equal(await steps(page).count(), 3));
}, { expected: [/404 \(Not Found\)/] }));

test("10,000 steps are shown, walked and scrolled", async (t) => {
  await visit("/i/interaction-of-many-steps", async (page) => {
    await open(page);
    const answer = await asked(held.server, "interactions/interaction-of-many-steps");
    assert.equal(answer.events.length, MANY);
    assert.match(await page.locator("section.steps .pane-head").innerText(), /10,000/);
    assert.ok(await steps(page).count() < 200, "only those in sight are made");
    await page.locator(`tr[data-id="${answer.first_failure.id}"]`).waitFor();
    const pane = page.getByRole("group", { name: "List of steps" });
    const frames = await pane.evaluate(async (list) => {
      list.scrollTop = 0;
      let count = 0;
      const from = performance.now();
      while (list.scrollTop + list.clientHeight < list.scrollHeight - 1) {
        await new Promise(requestAnimationFrame);
        list.scrollTop += list.scrollHeight / 200;
        count += 1;
      }
      return { count, millis: performance.now() - from };
    });
    await page.locator(`tr[data-id="${answer.events.at(-1).id}"]`).waitFor();
    t.diagnostic(`10,000 steps scrolled: ${frames.count} frames in ${Math.round(frames.millis)} ms, ${Math.round(frames.count / frames.millis * 1_000)} a second`);
    assert.ok(await page.locator(".lanes button.tick, .lanes button.span").count() < 3_000, "ticks that are too near are one");
  });
});

for (const viewport of [PHONE, { width: 1024, height: 768 }]) {
  test(`who comes from an event's details in the log sees the interaction, at ${viewport.width}`, async () => {
    const { events } = await told();
    await visit(`/?interaction=${ID}&sel=${events[3].id}`, async (page) => {
      await panel(page).getByRole("link", { name: "Open interaction" }).click();
      await page.locator(".ihead h1").waitFor();
      await steps(page).first().waitFor();
      await until(async () => assert.equal(await panel(page).count(), 0));
      if (viewport !== PHONE) assert.equal(await page.locator("section.steps tr[aria-selected=true]").getAttribute("data-id"), events[3].id);
      // A tap opens details, of the same event as well, and Back closes them.
      await page.locator("section.steps tr[data-id]").first().click();
      await panel(page).locator(".said h2").waitFor();
    }, { viewport });
  });
}

test("the first failure is marked where it happened, not where what failed began", async () => {
  const id = "interaction-that-fails-late";
  await held.server.send([
    record({ ...journey, interaction: id, time: start, event: "journey.started" }),
    record({ ...journey, interaction: id, time: start + 1_000, event: "journey.wait.started", element: "Slow", element_type: "wait", status: "in_progress" }),
    ...Array.from({ length: 5 }, (_, at) => record({ ...journey, interaction: id, time: start + 2_000 + at * 4_000, event: "journey.condition.evaluated", element: `Check ${at}` })),
    record({ ...journey, interaction: id, time: start + 20_000, event: "journey.wait.ended", element: "Slow", element_type: "wait", status: "failure", reason: "no answer" }),
    record({ ...journey, interaction: id, time: start + 24_000, event: "journey.ended" }),
  ]);
  await visit(`/i/${id}`, async (page) => {
    const span = await page.locator(".span.failure").boundingBox();
    const needle = await page.locator(".heads .needle").boundingBox();
    assert.ok(span.width > 100 && Math.abs(needle.x - span.x - span.width) < 4, JSON.stringify([span, needle]));
  });
});

test("an interaction of several days tells the day where it changes, and one length in one way", async () => {
  const id = "interaction-of-three-days";
  const day = 24 * HOUR;
  const told = (message, at) => record({ ...bot, interaction: id, time: start - 2 * day + at, event: "chatbot.message.sent", performed_by: "Order helper", performed_by_type: "bot", body: message });
  await held.server.send([told("One", 0), told("Two", 1_000), told("Three", day + 77_000), told("Four", 2 * day), told("Five", 2 * day + 60_000)]);
  await visit(`/i/${id}`, async (page) => {
    await page.locator(".talk .msg").first().waitFor();
    const times = await page.locator(".talk .msg time").allInnerTexts();
    assert.deepEqual(times.map((text) => /^\d+ \w+ \d\d:\d\d$/.test(text)), [true, false, true, true, false], times.join());
    const marks = await page.locator(".lanes-axis .start").allInnerTexts();
    assert.match(marks[0], /^\d+ \w+ \d\d:\d\d:\d\d$/);
    const idle = await page.locator("section.steps tr.gap").allInnerTexts();
    const folds = await page.locator(".fold-name").allInnerTexts();
    assert.ok(folds.length > 0);
    for (const [at, fold] of folds.entries()) {
      const length = idle[at].match(/^(.*) idle/)[1];
      assert.ok(fold.startsWith(length) || fold === `~${length.split(" ").slice(0, 2).join(" ")}`, `${fold}: ${length}`);
    }
    assert.deepEqual((await page.locator("section.steps .off").allInnerTexts()).filter((text) => / d /.test(text)), ["+1 d", "+2 d", "+2 d"].filter((text) => / d /.test(text)));
  });
});

test("Log leads back to the log as it was left", () => visit(`/?status=failure&sort=time`, async (page) => {
  await page.locator("tr[data-id] td").first().click();
  await panel(page).getByRole("link", { name: "Open interaction" }).click();
  await page.getByRole("navigation", { name: "Where this is" }).getByRole("link", { name: "Log" }).click();
  await until(() => assert.deepEqual([params(page).get("status"), params(page).get("sort"), params(page).get("interaction")], ["failure", "time", null]));
}));

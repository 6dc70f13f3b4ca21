// Room for what matters: why something failed, the facts of an interaction, when it began to fail, and what is odd.

import assert from "node:assert/strict";
import { test } from "node:test";

import { accessible, fits, NARROW, PHONE, WIDE } from "./browser.mjs";
import { HOUR, MINUTE } from "./seed.mjs";
import { record } from "./server.mjs";
import { asked, settled, until, world } from "./suite.mjs";

const now = Date.now();
const REASON = "HTTP 503 Service Unavailable: the carrier did not answer in time";
const run = { interaction: "a-run-with-a-name-of-some-length-0001", person: "person-of-some-length-0000001", occurred_in: "journey", object: "Parcel delay", version: "15", performed_by: "journey-engine", performed_by_type: "system" };
const held = world((server) => server.send([
  ...["conversation-of-some-length-01", undefined].flatMap((conversation) => [
    record({ ...run, conversation, time: now - 20 * MINUTE, event: "journey.api.called", status: "failure", reason: REASON, element: "Look up carrier", duration: 800 }),
    record({ ...run, conversation, time: now - 20 * MINUTE + 900, event: "journey.message.sent", status: "success", element: "Tell the customer", duration: 90 }),
    record({ ...run, conversation, time: now - 5 * MINUTE, event: "journey.exited", status: "failure", reason: "a step failed", element: "Exit" }),
  ]),
  record({ time: now - 2 * MINUTE, event: "acme.plain", status: "failure", reason: REASON, object: "Without a conversation", person: "p1" }),
  record({ time: now + 3 * HOUR, event: "acme.ahead", status: "success", object: "Ahead", person: "p2" }),
  record({ time: now - 3 * MINUTE, event: "acme.odd", status: "a_status_of_their_own_that_is_rather_long", object: "Odd", person: "person-of-some-length-0000002", interaction: "odd-1", trace: "no trace id" }),
  record({ time: now - 4 * MINUTE, event: "gen_ai.client.inference.operation.details", interaction: "talk-1", person: "p3", more: {
    "gen_ai.operation.name": "chat", "gen_ai.request.model": "a-model", "gen_ai.agent.name": "Care agent",
    "gen_ai.input.messages": JSON.stringify([{ role: "user", parts: [{ type: "text", content: "Where is it?" }] }, { role: "assistant", parts: [{ type: "tool_call", id: "c1", name: "look_up", arguments: { order: "4711", fields: ["eta", "carrier"] } }] }, { role: "tool", parts: [{ type: "tool_call_response", id: "c1", response: { order_state: "in transit", price: 1.5 } }] }]),
    "gen_ai.output.messages": JSON.stringify([{ role: "assistant", parts: [{ type: "text", content: "On its way." }], finish_reason: "stop" }]),
  } }),
]));
const { visit } = held;
const ZOOMED = { width: 720, height: 450 };
const LANDSCAPE = { width: 844, height: 390 };

for (const viewport of [WIDE, NARROW]) {
  test(`the reason has room in the log at ${viewport.width}, more where a column is empty`, async () => {
    const room = async (path) => {
      let width;
      await visit(path, async (page) => {
        await settled(page);
        const words = page.locator("tr[data-id] td:last-child .cut").first();
        width = await words.evaluate((one) => one.clientWidth);
        assert.ok((await words.getAttribute("title")).endsWith(REASON));
      }, { viewport });
      return width;
    };
    const with_ = await room("/?interaction=a-run-with-a-name-of-some-length-0001&status=failure&sort=time");
    const without = await room("/?object=Without+a+conversation");
    assert.ok(with_ >= 130, `${with_} px for the reason`);
    assert.ok(without >= with_ + 25, `${without} px, where the conversation is empty, ${with_} px else`);
  });
}

for (const [kind, viewport] of Object.entries({ wide: WIDE, narrow: NARROW, zoomed: ZOOMED, landscape: LANDSCAPE, phone: PHONE })) {
  test(`facts of an interaction are all in sight and apart, ${kind}`, () => visit("/i/a-run-with-a-name-of-some-length-0001", async (page) => {
    await page.locator("section.steps tr[data-id]").first().waitFor();
    const facts = await page.locator(".facts > div").evaluateAll((all) => all.filter((one) => one.offsetWidth > 0).map((one) => {
      const words = document.createRange();
      words.selectNodeContents(one.querySelector("dd"));
      const clip = one.querySelector("dd").getBoundingClientRect();
      const text = words.getBoundingClientRect();
      return { left: clip.left, right: Math.min(text.right, clip.right), top: clip.top, name: one.innerText };
    }));
    assert.ok(facts.length >= 6);
    for (const fact of facts) assert.ok(fact.left >= 0 && fact.right <= viewport.width, `${fact.name} ends at ${fact.right}`);
    for (const [at, fact] of facts.entries()) {
      const next = facts[at + 1];
      if (next && Math.abs(next.top - fact.top) < 4) assert.ok(next.left - fact.right >= 8, `${fact.name} and ${next.name} touch`);
    }
    await fits(page, kind);
    await accessible(page, kind);
  }, { viewport }));
}

test("the reason of a step can be read at 1280, also beside the details", async () => {
  const { events } = await asked(held.server, "events?status=failure&person=person-of-some-length-0000001");
  for (const path of ["/i/a-run-with-a-name-of-some-length-0001", `/i/a-run-with-a-name-of-some-length-0001?sel=${events[0].id}`]) {
    await visit(path, async (page) => {
      await page.locator("section.steps tr[data-id]").first().waitFor();
      await until(async () => {
        const width = await page.locator(".step td.why").first().evaluate((one) => one.clientWidth);
        assert.ok(width >= 130, `${width} px, ${path}`);
      });
    }, { viewport: NARROW });
  }
});

test("what failed first has its time of day, also at the very start", () => visit("/i/a-run-with-a-name-of-some-length-0001", async (page) => {
  await page.locator("section.steps tr[data-id]").first().waitFor();
  const first = (await page.locator("section.steps tr[data-id] time").first().innerText()).slice(0, 8);
  await page.getByText(`First failure ${first}`, { exact: true }).waitFor();
}));

test("a clock that is ahead is told beside a time that is whole", async () => {
  for (const viewport of [WIDE, NARROW]) {
    await visit("/?object=Ahead&from=now-1h&to=now%2B1d", async (page) => {
      await settled(page);
      const cell = page.locator("tr[data-id] td:has(time)").first();
      const { inside, whole } = await cell.evaluate((one) => {
        const box = one.getBoundingClientRect();
        const sign = one.querySelector(".ahead svg").getBoundingClientRect();
        return { inside: sign.left >= box.left && sign.right <= box.right + 0.5, whole: one.scrollWidth <= one.clientWidth };
      });
      assert.ok(inside && whole, `at ${viewport.width}`);
    }, { viewport });
  }
  await visit("/?object=Ahead&from=now-1h&to=now%2B1d", async (page) => {
    await settled(page);
    assert.match(await page.locator(".card .odd").getAttribute("aria-label"), /clock is fast/);
  }, { viewport: PHONE });
});

test("a value that could not be read is told on the row and in the details", () => visit("/?object=Odd", async (page) => {
  await settled(page);
  const row = page.locator("tr[data-id]").first();
  assert.match(await row.getByRole("img", { name: /could not be read/ }).getAttribute("title"), /left empty/);
  await row.locator("td").first().click();
  await page.locator(".odd-line").filter({ hasText: "A value could not be read and was left empty." }).waitFor();
  await accessible(page, "an odd event");
}));

test("on a phone a long status leaves the person a place", () => visit("/?object=Odd", async (page) => {
  await settled(page);
  const end = page.locator(".card .person .id-end");
  const [card, box] = [await page.locator(".card .ctx").boundingBox(), await end.boundingBox()];
  assert.ok(box.x + box.width <= card.x + card.width + 1, "the end of the id is in sight");
}, { viewport: PHONE }));

test("an empty answer offers what a filter or a search nearly says", async () => {
  await visit("/?object=Parcel+dealy&status=failure", async (page) => {
    await settled(page);
    const offered = page.locator(".hollow .row button");
    assert.deepEqual(await offered.evaluateAll((all) => all.map((one) => one.classList.contains("btn-primary"))), [true, false, false, false], "what was nearly said stands out");
    assert.equal(await offered.first().innerText(), "Object name Parcel delay: 4 events");
    assert.doesNotMatch(await page.locator(".hollow").innerText(), / :/);
    await offered.first().click();
    await page.waitForURL((url) => url.searchParams.get("object") === "Parcel delay" && url.searchParams.get("status") === "failure");
    await settled(page);
    assert.equal(await page.locator("tr[data-id]").count(), 4);
  });
  // With nothing near, the one filter that hides most is the way out.
  await visit("/?object=Qqqqq&status=failure", async (page) => {
    await settled(page);
    assert.match(await page.locator(".hollow .btn-primary").innerText(), /^Show \d+ events? without the filter Object name$/);
  });
  await visit("/?q=faliure", async (page) => {
    await settled(page);
    await page.getByRole("button", { name: /^Search failure: \d+ events$/ }).click();
    await page.waitForURL((url) => url.searchParams.get("q") === "failure");
  });
  // A label is a name, too; what is excluded stays so.
  await visit("/?event=API+caled&event=!acme.odd", async (page) => {
    await settled(page);
    await page.getByRole("button", { name: /^Event name API called.*: 2 events$/ }).click();
    await page.waitForURL((url) => url.searchParams.getAll("event").join() === "!acme.odd,journey.api.called");
    await settled(page);
    assert.equal(await page.locator("tr[data-id]").count(), 2);
  });
});

test("what programs say to each other reads as lines, apart from what is said to people", () => visit("/i/talk-1", async (page) => {
  await page.locator(".bubble").first().waitFor();
  const said = await page.locator(".msg").evaluateAll((all) => all.map((one) => ({ machine: one.classList.contains("machine"), text: one.querySelector(".bubble").textContent })));
  assert.deepEqual(said, [
    { machine: false, text: "Where is it?" },
    { machine: true, text: "Calls look_up\nfields: eta, carrier\norder: 4711" },
    { machine: true, text: "order state: in transit\nprice: 1.5" },
    { machine: false, text: "On its way." },
  ]);
}));

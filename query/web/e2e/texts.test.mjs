// What senders write is shown as it is: no mark in it turns the text around it, and each name reads in its own direction.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fits, NARROW, PHONE, WIDE } from "./browser.mjs";
import { MINUTE } from "./seed.mjs";
import { record } from "./server.mjs";
import { asked, settled, world } from "./suite.mjs";

const now = Date.now();
/** Turns what follows: "abc" and "gnp.exe" with it between would read "abcexe.png". */
const turned = (name) => `${name} abc\u202Egnp.exe \u2066x`;
const ARABIC = "رحلة الترحيب بالعملاء الجدد في المملكة العربية السعودية وما حولها من البلدان";

const journey = (name, at) => {
  const columns = { occurred_in: "journey", object: name(`Object`), version: name("v"), performed_by: name("Someone"), person: name("person"), interaction: `talk-${at}`, conversation: name("conversation") };
  const time = now - 5 * MINUTE - at * MINUTE;
  return [
    record({ ...columns, time, event: name("acme.begun"), status: "success", element: name("First step"), element_type: name("kind") }),
    record({ ...columns, time: time + 1_000, event: "journey.message.sent", status: "success", element: name("Greeting"), channel: name("channel"), body: name("Good day"), more: { [name("key")]: name("value"), "message.text": name("Good day to you") } }),
    record({ ...columns, time: time + 2_000, event: "journey.api.called", status: "failure", reason: name("It was refused"), element: name("Ask the shop"), element_type: "api_call", duration: 700 }),
  ];
};
const held = world((server) => server.send([...journey(turned, 0), ...journey(() => ARABIC, 1)]));
const { visit } = held;

async function places() {
  const { events } = await asked(held.server, "events?status=failure&limit=10");
  const [evil] = events.filter(({ object }) => object !== ARABIC);
  return ["/", `/?sel=${evil.id}`, "/i/talk-0", `/i/talk-0?sel=${evil.id}`, "/i/talk-1", "/hotspots", `/hotspots?object=${encodeURIComponent(evil.object)}`, `/?object=${encodeURIComponent(evil.object)}&element=${encodeURIComponent(evil.element)}`];
}

const shown = (page) => page.locator("tr[data-id], .card[data-id], nav.objects a.obj, .hot-head h1 b").first().waitFor();

for (const [kind, viewport] of Object.entries({ wide: WIDE, narrow: NARROW, phone: PHONE })) {
  test(`no mark of a sender turns what is beside it, ${kind}`, async () => {
    for (const path of await places()) {
      await visit(path, async (page) => {
        await shown(page);
        const marks = await page.evaluate(() => {
          const found = [];
          const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          for (let node = texts.nextNode(); node; node = texts.nextNode()) {
            if (/[\u202A-\u202E\u2066-\u2069]/.test(node.data)) found.push(`${node.parentElement.outerHTML.slice(0, 120)}`);
          }
          return found;
        });
        assert.deepEqual(marks, [], path);
        await fits(page, `${path}, ${kind}`);
      }, { viewport });
    }
  });

  test(`a name that is written from the right keeps its beginning where it is cut, ${kind}`, async () => {
    for (const path of ["/", "/i/talk-1", "/hotspots", `/hotspots?object=${encodeURIComponent(ARABIC)}`]) {
      await visit(path, async (page) => {
        await shown(page);
        const wrong = await page.evaluate(() => [...document.querySelectorAll("main *")].filter((one) => {
          const own = [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && /^\s*[\u0600-\u06FF]/.test(node.data));
          if (!own) return false;
          // What cuts it is the element itself or one around it.
          for (let box = one; box && box.tagName !== "MAIN"; box = box.parentElement) {
            const style = getComputedStyle(box);
            if (style.overflowX !== "visible" && box.scrollWidth > box.clientWidth + 1 && style.textOverflow === "ellipsis") return style.direction !== "rtl";
          }
          return false;
        }).map((one) => one.outerHTML.slice(0, 120)));
        assert.deepEqual(wrong, [], path);
      }, { viewport });
    }
  });
}

test("messages in Arabic are read from the right, those beside them from the left", () => visit("/i/talk-1", async (page) => {
  await page.locator("tr[data-id]").first().waitFor();
  for (const bubble of await page.locator(".bubble, .note span").all()) {
    const { text, direction } = await bubble.evaluate((one) => ({ text: one.textContent, direction: getComputedStyle(one).direction }));
    if (text !== "") assert.equal(direction, /^\s*[\u0600-\u06FF]/.test(text) ? "rtl" : "ltr", text);
  }
}));

test("what is copied and filtered by is what was sent, with its marks", () => visit("/", async (page) => {
  await settled(page);
  const cell = page.locator("tr[data-id]").filter({ hasText: "abc\uFFFDgnp.exe" }).first().locator("td").nth(3);
  await cell.hover();
  await cell.getByRole("button", { name: /^Filter for/ }).click();
  await page.waitForURL((url) => url.searchParams.get("object") === turned("Object"));
  await settled(page);
  assert.equal(await page.locator("tr[data-id]").count(), 3);
}));

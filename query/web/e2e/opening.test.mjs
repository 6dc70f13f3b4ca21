// Opening the page: the log's first question is asked once and at once, and its answer is what is shown, first in the
// frame and then in the log.

import assert from "node:assert/strict";
import { test } from "node:test";

import { accessible, PHONE } from "./browser.mjs";
import { traffic } from "./seed.mjs";
import { column, ids, settled, until, world } from "./suite.mjs";

const { visit } = world((server) => server.send(traffic({ count: 400, hours: 20 })));

const EVENTS = "**/api/v1/events?*";

/** Counts the questions for pages of events from the very first on. */
function watched(prepare = async () => {}) {
  const questions = [];
  return {
    questions,
    options: {
      prepare: async (page) => {
        page.on("request", (request) => {
          const url = new URL(request.url());
          if (url.pathname === "/api/v1/events") questions.push(Object.fromEntries(url.searchParams));
        });
        await prepare(page);
      },
    },
  };
}

/** Keeps the page's own files back until told, so that the frame stays. */
function heldBack() {
  let go;
  const told = new Promise((done) => (go = done));
  return { go, hold: (page) => page.route("**/assets/main.js", async (route) => { await told; await route.continue(); }) };
}

const texts = (page) => page.locator("table.log tbody tr").evaluateAll((rows) => rows.slice(0, 15).map((row) => row.innerText));

test("the bare address asks for the events once", async () => {
  const { questions, options } = watched();
  await visit("/", async (page) => {
    await settled(page);
    assert.equal((await ids(page)).length > 20, true);
    assert.deepEqual(questions, [{ limit: "100", why: "1" }]);
  }, options);
});

test("filters, columns and order of the address are in the one first question", async () => {
  const { questions, options } = watched();
  await visit("/?status=failure&q=cart&sort=time&tz=local&cols=event,status,channel,time&from=now-2d", async (page) => {
    await settled(page);
    assert.deepEqual(new Set(await column(page, "Status")), new Set(["Failure"]));
    assert.deepEqual(questions, [{ status: "failure", q: "cart", sort: "time", from: "now-2d", columns: "channel", limit: "100", why: "1", typing: "1" }]);
  }, options);
});

test("an open event and a phone ask once as well", async () => {
  for (const [path, more] of [["/?sel=00000000000000000000000000000000", { expected: [/404 \(Not Found\)/] }], ["/", { viewport: PHONE }]]) {
    const { questions, options } = watched();
    await visit(path, async (page) => {
      await settled(page);
      assert.deepEqual(questions, [{ limit: "100", why: "1" }]);
    }, { ...options, ...more });
  }
});

test("a page that does not come is told, with a way out", async () => {
  let gone = true;
  const prepare = (page) => page.route("**/assets/main.js", (route) => (gone ? route.abort() : route.continue()));
  const { options } = watched(prepare);
  await visit("/", async (page) => {
    await page.getByRole("alert").getByText("The page could not be loaded").waitFor();
    assert.equal(await page.locator("table.log").count(), 0);
    await accessible(page);
    gone = false;
    await page.getByRole("button", { name: "Reload" }).click();
    await settled(page);
    assert.equal((await ids(page)).length > 20, true);
  }, { ...options, expected: [/ERR_FAILED/] });
});

test("other views do not ask for the log", async () => {
  for (const [path, there] of [["/hotspots", "table.heat tbody tr"], ["/i/interaction-0004-of-the-seed", "section.steps tr[data-id]"]]) {
    const { questions, options } = watched();
    await visit(path, async (page) => {
      await page.locator(there).first().waitFor();
      assert.deepEqual(questions, []);
    }, options);
  }
});

test("the first answer is what is shown, however many times one would be asked", async () => {
  let answers = 0;
  const { options } = watched((page) => page.route(EVENTS, async (route) => {
    answers += 1;
    const answer = await route.fetch();
    const body = await answer.json();
    await route.fulfill({ response: answer, json: { ...body, events: body.events.map((event) => ({ ...event, object: `answer ${answers}` })) } });
  }));
  await visit("/", async (page) => {
    await settled(page);
    assert.deepEqual(new Set(await column(page, "Object name")), new Set(["answer 1"]));
  }, options);
});

for (const path of ["/", "/?status=failure&cols=event,status,attr.none,time:300&sort=time&tz=Asia/Kolkata"]) {
  test(`the first rows are there before the page is, and nothing moves when it comes: ${path}`, async () => {
    const { go, hold } = heldBack();
    await visit(path, async (page) => {
      await page.locator(".frame-log tbody time").first().waitFor();
      const [rows, heads] = [await texts(page), await page.locator("table.log th").allInnerTexts()];
      const boxes = () => page.evaluate(() => [".top", ".filters", ".histo", ".table", "table.log thead", "table.log tbody tr"].map((part) => JSON.stringify(document.querySelector(part).getBoundingClientRect())));
      const places = await boxes();
      assert.equal(rows.length, 15);
      await accessible(page, "the frame");
      go();
      await settled(page);
      assert.equal(await page.locator(".frame-log").count(), 0);
      assert.deepEqual(await texts(page), rows);
      assert.deepEqual(await page.locator("table.log th").allInnerTexts(), heads);
      assert.deepEqual(await boxes(), places);
    }, { prepare: hold });
  });
}

test("a first question that fails says so, and is asked again when told", async () => {
  const { questions, options } = watched((page) => page.route(EVENTS, (route) =>
    route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify({ title: "Too many questions at once", status: 503 }) }), { times: 1 }));
  await visit("/", async (page) => {
    await page.getByText("Too many questions at once").first().waitFor();
    assert.equal(await page.getByText("No event").count(), 0);
    assert.equal(questions.length, 1);
    await page.getByRole("main").getByRole("button", { name: "Try again" }).click();
    await page.locator("tr[data-id]").first().waitFor();
    await settled(page);
    assert.ok((await ids(page)).length > 20);
    assert.equal(questions.length, 2);
  }, { ...options, expected: [/503/] });
});

test("a slow first answer leaves the page to say that it loads, and comes into it", async () => {
  let answer;
  const told = new Promise((done) => (answer = done));
  const { questions, options } = watched((page) => page.route(EVENTS, async (route) => { await told; await route.continue(); }));
  await visit("/", async (page) => {
    await page.locator(".table[aria-busy=true]").waitFor();
    assert.equal(await page.locator(".hollow, .welcome, tr[data-id]").count(), 0);
    answer();
    await settled(page);
    assert.ok((await ids(page)).length > 20);
    assert.equal(questions.length, 1);
  }, options);
});

test("the chosen theme is there before the page is", () => visit("/", async (page) => {
  await settled(page);
  await page.evaluate(() => localStorage.setItem("steplog-theme", "dark"));
  const { go, hold } = heldBack();
  await hold(page);
  await page.reload({ waitUntil: "commit" });
  await page.locator(".frame-log tbody time").first().waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await accessible(page, "the frame, dark");
  go();
  await settled(page);
}));

test("a log that was scrolled far comes back with all its rows", () => visit("/", async (page) => {
  await settled(page);
  const pane = page.locator(".table");
  await until(async () => {
    await pane.evaluate((table) => { table.scrollTop = table.scrollHeight; });
    assert.equal(Number(await page.locator("tr[data-id]").last().getAttribute("aria-rowindex")), 401);
  });
  const top = await pane.evaluate((table) => table.scrollTop);
  // Both are kept shortly after one scrolled, each time: the last one is waited for.
  await until(async () => assert.deepEqual(await page.evaluate(() => [history.state?.count, history.state?.top]), [400, top]));
  await page.reload();
  await settled(page);
  await until(async () => assert.equal(await pane.evaluate((table) => table.scrollTop), top));
  assert.equal(Number(await page.locator("tr[data-id]").last().getAttribute("aria-rowindex")), 401);
}));

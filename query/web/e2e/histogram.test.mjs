// The chart of events over time.

import assert from "node:assert/strict";
import { test } from "node:test";

import { traffic } from "./seed.mjs";
import { record } from "./server.mjs";
import { asked, params, settled, until, world } from "./suite.mjs";

const held = world((server) => server.send(traffic({ count: 300, hours: 20 })));
const { visit } = held;
const total = async (page) => Number((await page.locator(".histo .total").innerText()).replace(/\D/g, ""));
const times = (page) => page.locator("tr[data-id] time").evaluateAll((all) => all.map((time) => Date.parse(time.dateTime)));

async function drag(page, from, to) {
  const box = await page.locator(".histo .plot").boundingBox();
  const at = (share) => box.x + box.width * share;
  await page.mouse.move(at(from), box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(at((from + to) / 2), box.y + box.height / 2, { steps: 4 });
  await page.mouse.move(at(to), box.y + box.height / 2, { steps: 4 });
}

test("a drag narrows the period, Back undoes it", () => visit("/", async (page) => {
  await settled(page);
  assert.equal(await total(page), 300);
  await drag(page, 0.4, 0.6);
  assert.equal(await page.locator(".histo .band").count(), 1);
  await page.mouse.up();
  await until(() => assert.ok(params(page).get("to")));
  const [from, to] = [Date.parse(params(page).get("from")), Date.parse(params(page).get("to"))];
  assert.ok(to - from > 4 * 3_600_000 && to - from < 6 * 3_600_000, `${(to - from) / 3_600_000} hours of 24 were chosen`);
  const { count } = await asked(held.server, `count?from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`);
  await until(async () => assert.equal(await total(page), count));
  await until(async () => assert.ok((await times(page)).every((time) => time >= from && time < to)));
  await page.goBack();
  await until(async () => assert.equal(await total(page), 300));
  assert.equal(params(page).get("from"), null);
}));

test("Escape drops what is being dragged", () => visit("/", async (page) => {
  await settled(page);
  await drag(page, 0.3, 0.5);
  await page.keyboard.press("Escape");
  await page.locator(".histo .band").waitFor({ state: "detached" });
  await page.mouse.up();
  assert.equal(params(page).get("from"), null);
}));

test("says the counts by status, under the pointer too, and a word of the legend filters", () => visit("/", async (page) => {
  await settled(page);
  const { buckets } = await asked(held.server, "histogram?buckets=96");
  const sum = (status) => buckets.reduce((all, { counts }) => all + (counts[status] ?? 0), 0);
  const counts = Object.fromEntries(await page.locator(".histo .legend button").evaluateAll((all) => all.map((one) => [one.title.replace("Filter for ", ""), Number(one.querySelector("b").textContent)])));
  assert.deepEqual(counts, { Success: sum("success"), Failure: sum("failure"), "Timed out": sum("timed_out"), Skipped: sum("skipped") });
  const box = await page.locator(".histo .plot").boundingBox();
  await page.mouse.move(box.x + box.width * 0.75, box.y + 20);
  await page.locator(".bar-tip").waitFor();
  assert.match(await page.locator(".bar-tip b").innerText(), /\d\d:\d\d – \d\d:\d\d UTC\+[12]$/);
  const told = await page.locator(".bar-tip > span").allInnerTexts();
  assert.equal(told.at(-1), "Drag to narrow the period");
  assert.match(told.at(-2), /^Success/, "what is worst comes first");
  await page.getByRole("button", { name: /^Failure/ }).click();
  await until(() => assert.equal(params(page).get("status"), "failure"));
  await until(async () => assert.equal(await total(page), counts.Failure));
}));

test("beside the panel the legend leaves a word out with its number", () => visit("/", async (page) => {
  await settled(page);
  await page.locator("tr[data-id] td").first().click();
  await page.getByRole("complementary", { name: "Details" }).locator("h2").waitFor();
  const cut = await page.locator(".histo .legend").evaluate((legend) => {
    const { left, right, top, bottom } = legend.getBoundingClientRect();
    const inside = (box) => box.top < bottom && box.bottom > top;
    return [...legend.children].map((one) => one.getBoundingClientRect()).filter((box) => inside(box) && (box.left < left - 1 || box.right > right + 1)).length;
  });
  assert.equal(cut, 0);
}, { viewport: { width: 1080, height: 800 } }));

test("failures are drawn to their own scale, so that few of them are seen among many", () => visit("/", async (page) => {
  await settled(page);
  const tallest = (kind) => page.locator(`.histo .plot .f-${kind}`).evaluateAll((all) => Math.max(...all.map((bar) => bar.getBoundingClientRect().height)));
  const { buckets } = await asked(held.server, "histogram?buckets=96");
  const most = (...kinds) => Math.max(...buckets.map(({ counts }) => kinds.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0)));
  const plot = (await page.locator(".histo .plot").boundingBox()).height;
  const common = (plot * most("failure", "timed_out")) / most("success", "failure", "timed_out", "skipped");
  assert.ok(await tallest("failure") >= 10, `${await tallest("failure")} px`);
  assert.equal(await page.locator(".histo .plot .scale").count(), 3, `each has its scale (on one it would be ${common} px)`);
}));

test("folds away", () => visit("/", async (page) => {
  await settled(page);
  await page.getByRole("button", { name: "Fold the chart" }).click();
  await page.locator(".histo .plot").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Unfold the chart" }).click();
  await page.locator(".histo .plot").waitFor();
}));

test("fails alone: the table below stays", async () => {
  await visit("/", async (page) => {
    await settled(page);
    await page.route("**/api/v1/histogram*", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: '{"title":"Busy","detail":"Too much is asked at once.","status":503}' }));
    await page.getByRole("button", { name: /^Failure/ }).click();
    await page.getByText("The chart did not load").waitFor();
    await until(async () => assert.ok((await times(page)).length > 5));
    await page.unroute("**/api/v1/histogram*");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".histo .plot").waitFor();
  }, { expected: [/503 \(Service Unavailable\)/] });
});

test("what has no room in the legend is counted in one word", async () => {
  await held.server.send(["in_progress", "cancelled", "unknown", "on its way", "nearly done"].map((status) => record({ time: Date.now() - 60_000, event: "acme.of.a.status", status })));
  await visit("/", async (page) => {
    await settled(page);
    const seen = async () => page.locator(".histo .legend").evaluate((legend) => {
      const { bottom } = legend.getBoundingClientRect();
      const all = [...legend.querySelectorAll("button")].map((one) => ({ count: Number(one.querySelector("b").textContent.replace(/,/g, "")), cut: one.getBoundingClientRect().top >= bottom }));
      return { cut: all.filter(({ cut }) => cut), said: document.querySelector(".histo .left")?.textContent ?? "" };
    });
    await until(async () => {
      const { cut, said } = await seen();
      assert.ok(cut.length > 0);
      assert.equal(said.replace(/,/g, ""), `${cut.length} more: ${cut.reduce((sum, { count }) => sum + count, 0)}`);
    });
    await page.setViewportSize({ width: 1_440, height: 800 });
    await until(async () => assert.deepEqual(await seen(), { cut: [], said: "" }));
  }, { viewport: { width: 720, height: 800 } });
});

test("events without a status are filtered for by their word", async () => {
  await held.server.send([record({ time: Date.now() - 1_000, event: "acme.of.no.status" })]);
  await visit("/", async (page) => {
    await settled(page);
    await page.getByRole("button", { name: "No status 1" }).click();
    await until(() => assert.equal(params(page).get("status"), "!*"));
    await until(async () => assert.equal(await total(page), 1));
  });
});

test("what is ahead of the clock neither stretches the chart nor is lost", async () => {
  const day = 24 * 3_600_000;
  const ahead = [40 * 60_000, day];
  await held.server.send([record({ time: Date.now() - 60_000, event: "acme.skewed", status: "success" })]);
  for (const by of ahead) await held.server.post([record({ time: Date.now() + by, event: "acme.skewed", status: "failure" })]);
  await visit("/?event=acme.skewed", async (page) => {
    await settled(page);
    const button = page.locator(".histo .ahead");
    await until(async () => {
      await page.reload();
      await settled(page);
      // It may not be there yet, or in the answer to one question alone.
      assert.deepEqual((await button.allInnerTexts()).map((text) => text.trim()), ["2 ahead of the clock"]);
      // One number: the count, the legend, the rows, and the bars with what is ahead of them.
      assert.equal(await page.locator("tr[data-id]").count(), 3);
      assert.equal(await total(page), 3);
      const legend = await page.locator(".histo .legend b").allInnerTexts();
      assert.equal(legend.map(Number).reduce((sum, one) => sum + one), 3);
    });
    assert.equal(await page.locator(".histo .per-bar").innerText(), "15 min per bar", "the period is a day as before");
    await button.click();
    await until(async () => assert.equal(await page.locator("tr[data-id]").count(), 2));
    await until(async () => assert.equal(await total(page), 2));
    assert.match(await page.locator("[data-period]").innerText(), /^From .+ on$/);
    assert.equal(await button.count(), 0, "they are drawn now");
    await page.goBack();
    await until(async () => assert.equal(await total(page), 3));
  });
});

test("in a small window the room is for what failed, not for how many interactions it was", async () => {
  for (const [width, is] of [[720, false], [1_440, true]]) {
    await visit("/", async (page) => {
      await settled(page);
      await page.locator(".histo .within").waitFor({ state: "attached" });
      assert.equal(await page.locator(".histo .within").isVisible(), is);
      const legend = await page.locator(".histo .legend").boundingBox();
      const failed = await page.locator(".histo .legend .st-failure").boundingBox();
      assert.ok(failed.y + failed.height <= legend.y + legend.height + 1, `${width}: ${JSON.stringify([legend, failed])}`);
    }, { viewport: { width, height: 800 } });
  }
});

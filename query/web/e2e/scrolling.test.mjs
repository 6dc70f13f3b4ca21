// 10,000 rows: they are scrolled through, each is there, and what is made stays little.

import assert from "node:assert/strict";
import { test } from "node:test";

import { traffic } from "./seed.mjs";
import { asked, settled, until, world } from "./suite.mjs";

const COUNT = 10_000;
const held = world((server) => server.send(traffic({ count: COUNT, hours: 20 })));

test("10,000 rows are scrolled through", async (t) => {
  await held.visit("/", async (page) => {
    await settled(page);
    const pane = page.locator(".table");
    // As fast as rows come: the end of what is loaded is moved to until nothing follows.
    const { events: [oldest] } = await asked(held.server, "events?limit=1&sort=time");
    await until(async () => {
      await pane.evaluate((table) => { table.scrollTop = table.scrollHeight; });
      assert.equal(await page.locator(`tr[data-id="${oldest.id}"]`).count(), 1);
    }, 240_000);
    assert.equal(await page.locator(`tr[data-id="${oldest.id}"]`).getAttribute("aria-rowindex"), String(COUNT + 1));
    const frames = await pane.evaluate(async (table) => {
      table.scrollTop = 0;
      let [count, most, slow, before] = [0, 0, 0, performance.now()];
      const from = before;
      while (table.scrollTop + table.clientHeight < table.scrollHeight - 1) {
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        if (now - before > 50) slow += 1;
        before = now;
        table.scrollTop += 640;
        most = Math.max(most, table.querySelectorAll("tr[data-id]").length);
        count += 1;
      }
      return { count, most, slow, millis: performance.now() - from };
    });
    t.diagnostic(`10,000 rows scrolled: ${frames.count} frames in ${Math.round(frames.millis)} ms, ${Math.round(frames.count / frames.millis * 1_000)} a second, ${frames.slow} over 50 ms`);
    assert.ok(frames.most < 80, `${frames.most} rows were made at once`);
    await page.locator(`tr[data-id="${oldest.id}"]`).waitFor();
    const blank = await pane.evaluate((table) => {
      const box = table.getBoundingClientRect();
      return document.elementFromPoint(box.left + 100, box.bottom - 40)?.closest("tr[data-id]") === null;
    });
    assert.equal(blank, false, "rows are where one looks");
  });
});

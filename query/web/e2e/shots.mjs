// Takes the pictures of the documentation: `npm run shots`. The traffic is that of the demo, with a seed of its own.

import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { fits, open, PHONE, startBrowser, WIDE } from "./browser.mjs";
import { small } from "./png.mjs";
import { count, program, startServer } from "./server.mjs";
import { asked, settled } from "./suite.mjs";

const OUT = fileURLToPath(new URL("../../../docs/screenshots/", import.meta.url));
const EVENTS = 20_000;
/** A failure with a story around it has about so many steps. */
const STEPS = 30;

async function seed(server) {
  await promisify(execFile)(program, ["generate", "--protocol", "http", "--endpoint", new URL(server.otlp).origin, "--events", String(EVENTS), "--spread", "24h", "--persons", "20000", "--seed", "7"]);
  while (await count(server.page) < EVENTS) await new Promise((done) => setTimeout(done, 200));
}

/** The failure whose interaction tells most: several contexts, talk, and not too many steps. */
async function story(server) {
  const { events } = await asked(server, "events?status=failure&limit=60&from=now-18h&to=now-2h");
  let best;
  for (const event of events.filter(({ interaction }) => interaction)) {
    const told = await asked(server, `interactions/${encodeURIComponent(event.interaction)}`);
    const worth = 4 * told.contexts.length + 2 * Math.min(6, told.messages.length) - Math.abs(told.events.length - STEPS) / 3 + (told.outcome.finished ? 2 : 0);
    if (!best || worth > best.worth) best = { worth, event, id: event.interaction };
  }
  return best;
}

async function main() {
  await mkdir(OUT, { recursive: true });
  const [server, empty, browser] = await Promise.all([startServer(), startServer(), startBrowser()]);
  try {
    await seed(server);
    const { event, id } = await story(server);
    const panel = (page) => page.getByRole("complementary", { name: "Details" });
    const sights = {
      log: [server, "/", (page) => settled(page)],
      details: [server, `/?sel=${event.id}&from=${encodeURIComponent(new Date(Date.parse(event.time) - 3_600_000).toISOString())}&to=${encodeURIComponent(new Date(Date.parse(event.time) + 60_000).toISOString())}`, async (page) => {
        await settled(page);
        await panel(page).getByRole("treeitem").first().waitFor();
      }],
      interaction: [server, `/i/${encodeURIComponent(id)}`, (page) => page.locator("section.steps tr[data-id]").first().waitFor()],
      hotspots: [server, "/hotspots", (page) => page.locator("table.heat tbody tr, nav.objects a.obj").first().waitFor()],
      empty: [empty, "/", (page) => page.locator(".welcome").waitFor()],
    };
    for (const [name, [from, path, ready]] of Object.entries(sights)) {
      for (const [kind, options] of Object.entries({ light: { theme: "light", viewport: WIDE }, dark: { theme: "dark", viewport: WIDE }, phone: { theme: "light", viewport: PHONE } })) {
        const opened = await open(browser, from.page + path, options);
        await ready(opened.page);
        await opened.page.evaluate(() => document.fonts.ready);
        await fits(opened.page, `${name}, ${kind}`);
        const picture = small(await opened.page.screenshot({ animations: "disabled", caret: "hide" }));
        await writeFile(`${OUT}${name}-${kind}.png`, picture);
        await opened.close();
        console.log(`${name}-${kind}.png  ${Math.round(picture.length / 1_000)} KB`);
      }
    }
  } finally {
    await browser.close();
    await Promise.all([server.stop(), empty.stop()]);
  }
}

await main();

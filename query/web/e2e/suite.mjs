// What every suite needs: one program, one browser, watched pages, and conditions that are waited for.

import { after, before } from "node:test";

import { open, startBrowser } from "./browser.mjs";
import { startServer } from "./server.mjs";

/** How long a condition may take on a busy machine; nothing is measured by it. */
const PATIENCE = 30_000;
const LOOK_EVERY = 50;

/**
 * Starts program and browser before the tests of a file and stops them after. `seed` gets the server and sends events.
 * Gives `visit`, which opens a watched page, works on it, and fails if anything was wrong with the console.
 */
export function world(seed = async () => {}, more = []) {
  const held = {};
  before(async () => {
    held.server = await startServer(more);
    held.browser = await startBrowser();
    await seed(held.server);
  });
  after(async () => {
    await held.browser?.close();
    await held.server?.stop();
  });
  return {
    get server() { return held.server; },
    get browser() { return held.browser; },
    async visit(path, work, options = {}) {
      const opened = await open(held.browser, held.server.page + path, options);
      opened.page.setDefaultTimeout(PATIENCE);
      try {
        await work(opened.page, opened);
      } catch (error) {
        // What the page itself complained of explains a failure better than the failure does.
        if (opened.wrong.length > 0) error.message += `\nthe page said: ${opened.wrong.join("\n")}`;
        await opened.page.context().close();
        throw error;
      }
      await opened.close();
    },
  };
}

/** Repeats an assertion until it holds, and fails with its own words if it never does. */
export async function until(assertion, patience = PATIENCE) {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((done) => setTimeout(done, LOOK_EVERY));
    }
  }
}

/** Waits until the log shows the answer to what is asked now. */
export async function settled(page) {
  await page.locator(".table[aria-busy=false] tr[data-id], .m-list[aria-busy=false] [data-id], .hollow, .welcome").first().waitFor();
  await page.waitForFunction(() => !document.querySelector(".load-line, .histo[aria-busy=true], .panel[aria-busy=true]"));
}

/** The ids of the rows that are made, from the top. */
export const ids = (page) => page.locator("tr[data-id]").evaluateAll((rows) => rows.map((row) => row.dataset.id));

/** The texts of one column of the rows that are made; the column by its head. */
export async function column(page, head) {
  const heads = await page.locator("table.log thead th").allInnerTexts();
  const at = heads.findIndex((text) => text.trim() === head || text.trim().startsWith(`${head},`));
  if (at < 0) throw new Error(`no column ${head} among ${heads.join("|")}`);
  return page.locator(`tr[data-id] > td:nth-child(${at + 1})`).allInnerTexts();
}

/** The parameters of the page's address, but for the zone, which is in all of them. */
export function params(page) {
  const all = new URL(page.url()).searchParams;
  all.delete("tz");
  return all;
}

/** A chip of a filter by how it begins. */
export const chip = (page, name) => page.getByRole("region", { name: "Filters" }).locator("button.chip").filter({ hasText: new RegExp(`^\\s*${name}`) });

/** The events of a question to the API. */
export async function asked(server, query) {
  const answer = await fetch(`${server.page}/api/v1/${query}`);
  if (!answer.ok) throw new Error(`${query}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

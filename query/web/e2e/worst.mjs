// Measures the page at the largest things that it shows: `STEPLOG=PROGRAM npm run figures:worst`.
//
// It starts the program, sends an interaction of 10,000 steps and a record of 5 MB, opens both several times, and
// scrolls the first.

import { startBrowser, WIDE } from "./browser.mjs";
import { fromClick, scrolled, shown, shownFrames } from "./measure.mjs";
import { HOUR } from "./seed.mjs";
import { record, startServer } from "./server.mjs";

const STEPS = 10_000;
const ROUNDS = 9;

const steps = () => {
  const from = Date.now() - 2 * HOUR;
  return Array.from({ length: STEPS }, (_, at) => record({
    time: from + at * 500, interaction: "the-longest", person: "person-of-many", event: at % 2 === 0 ? "journey.api.called" : "journey.condition.evaluated",
    occurred_in: "journey", object: `Part ${at % 5}`, version: "1", element: `Step ${at}`, status: at === 7_000 ? "failure" : "success",
  }));
};

const large = () => {
  const line = "every word of this sentence counts for the size of the record; ";
  return record({ time: Date.now() - 1_000, event: "acme.large", status: "success", object: "Large", body: { items: Array.from({ length: 2_000 }, (_, at) => ({ at, text: line.repeat(40) })) } });
};

const server = await startServer();
const browser = await startBrowser();
try {
  await server.send(steps());
  await server.send([large()]);

  const [opening, records] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const page = await browser.newPage({ viewport: WIDE });
    await page.goto(`${server.page}/?object=Part+0`);
    await page.locator("tr[data-id]").first().waitFor();
    opening.push(await fromClick(page, "section.steps tr[data-id]", () => page.locator("tr[data-id] a[href^='/i/']").first().click()));
    await page.goto(`${server.page}/?event=acme.large`);
    await page.locator("tr[data-id]").first().waitFor();
    records.push(await fromClick(page, ".panel [role=treeitem]", () => page.locator("tr[data-id] td").first().click()));
    await page.close();
  }
  console.log(`an interaction of ${STEPS} steps, from click to steps: ${shown(opening)}`);
  console.log(`a record of 5 MB, from click to its tree: ${shown(records)}`);

  const page = await browser.newPage({ viewport: WIDE });
  await page.goto(`${server.page}/i/the-longest`);
  await page.locator("section.steps tr[data-id]").first().waitFor();
  console.log(`a frame of scrolling ${STEPS} steps, 20 a frame: ${shownFrames(await scrolled(page.getByRole("group", { name: "List of steps" }), 640))}`);
} finally {
  await browser.close();
  await server.stop();
}

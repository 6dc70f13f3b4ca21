// Measures the page of a running steplog: `npm run figures -- http://127.0.0.1:7837`.
//
// Medians in milliseconds: from opening the page to its first rows, from a click or a key to the rows of its answer,
// and the frames of scrolling. A browser with the software renderer, on whatever machine this runs.

import { startBrowser, WIDE } from "./browser.mjs";
import { scrolled, shown, shownFrames } from "./measure.mjs";

const base = process.argv[2] ?? "http://127.0.0.1:7837";
const ROUNDS = 15;

/** The height of a row in px. */
const ROW = 32;
const ROWS = 10_000;

/**
 * Tells on the console when rows are first there, when they can be worked with, and when each was painted, in
 * milliseconds since the navigation began. Watched in the page itself; nothing else is asked of the page meanwhile.
 */
const watchFirstRows = () => {
  const told = {};
  const tell = (name, then) => requestAnimationFrame(() => {
    told[name] = performance.now();
    const painted = new MessageChannel();
    painted.port1.onmessage = () => {
      told[`${name} painted`] = performance.now();
      then?.();
    };
    painted.port2.postMessage(0);
  });
  let seen = false;
  new MutationObserver((_, watcher) => {
    if (!seen && document.querySelector("table.log tbody time")) {
      seen = true;
      tell("rows");
    }
    if (!document.querySelector("tr[data-id]")) return;
    watcher.disconnect();
    tell("log", () => console.debug(`opened ${JSON.stringify(told)}`));
  }).observe(document, { childList: true, subtree: true });
};

/** Opens the page and gives what it told. */
async function opened(page) {
  const told = page.waitForEvent("console", { predicate: (message) => message.text().startsWith("opened ") });
  await page.addInitScript(watchFirstRows);
  await page.goto(base, { waitUntil: "commit" });
  return JSON.parse((await told).text().slice("opened ".length));
}

/** Does something in the page and waits until the log shows what it led to. */
async function change(page, act) {
  await page.evaluate(() => {
    const before = document.querySelector("tr[data-id]")?.dataset.id;
    window.__done = new Promise((done, fail) => {
      setTimeout(() => fail(new Error("the log did not change within 10 s")), 10_000);
      new MutationObserver((_, watcher) => {
        if (document.querySelector(".load-line")) return;
        if (document.querySelector("tr[data-id]")?.dataset.id === before && !document.querySelector(".hollow")) return;
        watcher.disconnect();
        requestAnimationFrame(() => done(performance.now()));
      }).observe(document.body, { childList: true, subtree: true, attributes: true });
    });
    addEventListener("click", () => { window.__acted = performance.now(); }, { capture: true, once: true });
    addEventListener("keydown", (event) => { if (event.key === "Enter") window.__acted = performance.now(); }, { capture: true });
  });
  await act();
  return page.evaluate(async () => (await window.__done) - window.__acted);
}

const browser = await startBrowser();
const opening = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const page = await browser.newPage({ viewport: WIDE });
  opening.push(await opened(page));
  await page.close();
}
const openings = (name) => shown(opening.map((one) => one[name]));
console.log(`opening the page to its first rows: ${openings("rows")}, painted ${openings("rows painted")}`);
console.log(`opening the page to a log that can be worked with: ${openings("log")}, painted ${openings("log painted")}`);

const page = await browser.newPage({ viewport: WIDE });
await page.goto(base);
await page.locator("tr[data-id]").first().waitFor();
const [filtering, searching] = [[], []];
for (let round = 0; round < ROUNDS; round += 1) {
  await page.locator(".legend button", { hasText: "Failure" }).click({ trial: true });
  filtering.push(await change(page, () => page.locator(".legend button", { hasText: "Failure" }).click()));
  await page.goBack();
  await page.locator("tr[data-id]").first().waitFor();
  await page.locator("#search").fill(`delivery ${["thermos", "tomorrow", "refund", "voucher", "depot"][round % 5]}`);
  searching.push(await change(page, () => page.keyboard.press("Enter")));
  await page.goto(base);
  await page.locator("tr[data-id]").first().waitFor();
}
console.log(`a filter to the rows of its answer: ${shown(filtering)}`);
console.log(`a search to the rows of its answer: ${shown(searching)}`);

console.log(`a frame of scrolling ${ROWS} rows, 20 a frame: ${shownFrames(await scrolled(page.locator(".table"), 20 * ROW, ROWS * ROW))}`);
await browser.close();

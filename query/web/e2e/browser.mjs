// Chromium with an eye on everything that must not happen: errors on the console, exceptions, reports of the
// content policy, and scripts that came in with the data.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { chromium } from "playwright-core";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** Starts the browser; the software renderer, so that figures are those of a machine without a graphics card. */
export function startBrowser() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--font-render-hinting=none"] });
}

/** A page that is watched; `close` fails if anything was wrong. `prepare` gets it before it goes anywhere. Other options as of Playwright's contexts. */
export async function open(browser, url, { theme = "light", viewport = WIDE, expected = [], prepare = async () => {}, ...options } = {}) {
  const context = await browser.newContext({ viewport, colorScheme: theme, timezoneId: "Europe/Zagreb", locale: "en-GB", reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"], hasTouch: viewport.width < 700, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on("console", (message) => { if (message.type() === "error" || message.type() === "warning") wrong.push(`console: ${message.text()} ${message.location().url}`); });
  page.on("pageerror", (error) => wrong.push(`exception: ${error.stack ?? error}`));
  page.on("dialog", async (dialog) => { wrong.push(`dialog: ${dialog.message()}`); await dialog.dismiss(); });
  await page.exposeFunction("__reported", (text) => wrong.push(text));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => window.__reported(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
    Object.defineProperty(window, "__ran", { configurable: false, set: (what) => window.__reported(`a script of the data ran: ${what}`), get: () => undefined });
  });
  await prepare(page);
  await page.goto(url);
  return {
    page, wrong,
    async close() {
      await context.close();
      const unexpected = wrong.filter((text) => !expected.some((pattern) => pattern.test(text)));
      assert.deepEqual(unexpected, [], "the console must stay empty");
    },
  };
}

let axeSource;

/** Fails on anything that axe finds, and says what and where. */
export async function accessible(page, state) {
  axeSource ??= await readFile(axe, "utf8");
  const loaded = await page.evaluate(() => "axe" in window);
  // Playwright evaluates in the page without script elements, so the content policy stays as it is.
  if (!loaded) await page.evaluate(axeSource);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} (${node.any[0]?.message ?? node.all[0]?.message ?? ""})`).join(" | ")}`);
  });
  assert.deepEqual(found, [], `axe, ${state}`);
}

/** Nothing may make the page wider than the window. */
export async function fits(page, state) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(over <= 0, `${state} is ${over} px too wide`);
}

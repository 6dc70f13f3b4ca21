// What runs first: it asks the log's first question and shows the first rows, while the page itself is still loading.

import type { Page } from "./lib/api";
import { base, within } from "./lib/base";
import { element } from "./lib/dom";
import { learn } from "./lib/names";
import { clean } from "./lib/url";
import { start } from "./log/opening";
import { draw, drawable } from "./log/preview";
import { chosenTheme } from "./shell/theme";
import paper from "./styles/print.css?url";

/** How long the frame waits for the first rows, in milliseconds; then the page says that they are being loaded. */
const PATIENCE = 150;

void open();

async function open(): Promise<void> {
  const onLog = within(location.pathname) === "/";
  const params = clean(new URLSearchParams(location.search));
  // The address changes while the page stays; what names the icon beside it must not change with it.
  document.querySelector<HTMLLinkElement>("link[rel=icon]")?.setAttribute("href", `${base}icon.svg`);
  const answer = onLog ? start(params) : undefined;
  const names = learn();
  // What the browser keeps is slow to come by the first time: not before the questions are on their way.
  chosenTheme.apply();
  // Whoever prints at once prints as well: no screen waits for the styles of paper.
  const link = document.createElement("link");
  [link.rel, link.media, link.href] = ["stylesheet", "print", paper];
  document.head.append(link);
  if (!onLog) document.querySelector(".frame-log")?.remove();
  if (answer && drawable(params)) await Promise.race([firstRows(params, answer, names), new Promise((done) => setTimeout(done, PATIENCE))]);
  const page = await import("./main").catch(() => undefined);
  if (page) page.begin();
  else tellOfMissingPage();
}

/** The rows that are drawn look alive: without the page nothing can be done with them. */
function tellOfMissingPage(): void {
  const told = element("div", "hollow");
  const again = element("button", "btn btn-primary", "Reload");
  again.addEventListener("click", () => location.reload());
  told.setAttribute("role", "alert");
  told.append(element("h1", "", "The page could not be loaded"), element("p", "", "The server did not give all of it. Is it still running?"), again);
  const main = element("main", "app");
  main.append(told);
  document.getElementById("app")?.replaceChildren(main);
}

/** Comes back when the first rows are seen. */
async function firstRows(params: URLSearchParams, answer: Promise<Page>, names: Promise<void>): Promise<void> {
  try {
    const [{ events }] = await Promise.all([answer, names]);
    draw(events, params);
  } catch {
    // What is wrong the page itself tells.
    return;
  }
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}

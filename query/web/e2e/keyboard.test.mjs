// Everything by keys, the sheet and the palette; and the page on a phone.

import assert from "node:assert/strict";
import { test } from "node:test";

import { accessible, fits, PHONE } from "./browser.mjs";
import { traffic } from "./seed.mjs";
import { column, ids, params, settled, until, world } from "./suite.mjs";

const { visit } = world((server) => server.send(traffic({ count: 300, hours: 20 })));
const panel = (page) => page.getByRole("complementary", { name: "Details" });
const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute("data-id") ?? document.activeElement?.id ?? "");

test("j and k walk the rows, Escape closes and leaves the focus on the row, Enter opens again", () => visit("/", async (page) => {
  await settled(page);
  const [first, second] = await ids(page);
  await page.keyboard.press("j");
  await until(() => assert.equal(params(page).get("sel"), first));
  await page.keyboard.press("j");
  await until(() => assert.equal(params(page).get("sel"), second));
  await page.keyboard.press("k");
  await until(() => assert.equal(params(page).get("sel"), first));
  await panel(page).locator(".said h2").waitFor();
  await page.keyboard.press("Escape");
  await panel(page).waitFor({ state: "detached" });
  await until(async () => assert.equal(await focused(page), first));
  await page.keyboard.press("Enter");
  await until(() => assert.equal(params(page).get("sel"), first));
}));

test("j goes on beyond what is in sight, and the row stays in sight", () => visit("/", async (page) => {
  await settled(page);
  for (let at = 0; at < 45; at += 1) await page.keyboard.press("j");
  await until(async () => {
    const row = page.locator("tr[aria-selected=true]");
    assert.equal(await row.getAttribute("aria-rowindex"), "46");
    const [box, table] = [await row.boundingBox(), await page.locator(".table").boundingBox()];
    assert.ok(box.y >= table.y + 31 && box.y + box.height <= table.y + table.height + 1);
  });
}));

test("every key of the sheet does what it says", () => visit("/", async (page) => {
  await settled(page);
  await page.keyboard.press("/");
  assert.equal(await focused(page), "search");
  await page.keyboard.type("jkl?");
  assert.equal(await page.locator("#search").inputValue(), "jkl?", "keys write where one types");
  await page.locator("#search").fill("");
  await page.keyboard.press("Escape");
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press("t");
  await page.getByRole("dialog", { name: "Period" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Period" }).waitFor({ state: "detached" });
  await page.keyboard.press("l");
  await until(() => assert.equal(params(page).get("live"), "1"));
  await page.keyboard.press("l");
  await until(() => assert.equal(params(page).get("live"), null));
  await page.keyboard.press("n");
  await until(async () => assert.match(await page.locator("tr[aria-selected=true] .st").innerText(), /Failure|Timed out/));
  await panel(page).locator(".said h2").waitFor();
  const sel = params(page).get("sel");
  const event = await page.locator("tr[aria-selected=true] td").first().locator("span").getAttribute("title");
  await page.keyboard.press("c");
  await until(async () => assert.equal(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())).id, sel));
  await panel(page).locator(".step-no").waitFor();
  await page.keyboard.press("[");
  await until(() => assert.notEqual(params(page).get("sel"), sel));
  await panel(page).locator(".step-no").waitFor();
  await until(async () => assert.equal(await panel(page).getAttribute("aria-busy"), "false"));
  await page.keyboard.press("]");
  await until(() => assert.equal(params(page).get("sel"), sel));
  await page.keyboard.press("x");
  await until(() => assert.equal(params(page).get("event"), `!${event.replace(/:.*/, "")}`));
  await settled(page);
  await page.goBack();
  await until(() => assert.equal(params(page).get("sel"), sel));
  await settled(page);
  await page.locator("tr[aria-selected=true]").waitFor();
  await page.keyboard.press("f");
  await until(() => assert.equal(params(page).get("event"), event.replace(/:.*/, "")));
  await page.goBack();
  await settled(page);
  await page.locator("tr[aria-selected=true]").waitFor();
  await page.keyboard.press("i");
  await until(() => assert.match(page.url(), /\/i\/interaction-/));
  assert.equal(params(page).get("sel"), sel);
}));

test("the sheet lists them, and single keys can be switched off for good", () => visit("/", async (page) => {
  await settled(page);
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Help and shortcuts" });
  await sheet.waitFor();
  for (const words of ["Search", "Next failure", "Filter for, out", "This sheet"]) assert.ok((await sheet.innerText()).includes(words), words);
  await sheet.getByRole("checkbox", { name: /Single-key shortcuts/ }).uncheck();
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });
  await page.reload();
  await settled(page);
  await page.keyboard.press("j");
  await page.keyboard.press("?");
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog", { name: "Commands" }).waitFor();
  assert.equal(params(page).get("sel"), null);
  assert.equal(await sheet.count(), 0);
}));

test("the palette does things by their names, and opens a pasted interaction", () => visit("/", async (page) => {
  await settled(page);
  const palette = page.getByRole("dialog", { name: "Commands" });
  await page.keyboard.press("Control+k");
  await palette.waitFor();
  await page.keyboard.type("failures only");
  await until(async () => assert.match(await palette.getByRole("option", { selected: true }).innerText(), /Show failures only/));
  await page.keyboard.press("Enter");
  await until(() => assert.equal(params(page).get("status"), "failure"));
  await settled(page);
  await until(async () => assert.deepEqual(new Set(await column(page, "Status")), new Set(["Failure"])));
  await page.keyboard.press("Control+k");
  await palette.waitFor();
  await page.keyboard.type("interaction-0007-of-the-seed");
  await page.keyboard.press("Enter");
  await until(() => assert.match(page.url(), /\/i\/interaction-0007-of-the-seed/));
  await page.locator("section.steps tr[data-id]").first().waitFor();
  await page.keyboard.press("Control+k");
  await palette.waitFor();
  await page.keyboard.press("Escape");
  await palette.waitFor({ state: "detached" });
}));

test("Tab goes through the page in its order, and the focus is always seen", () => visit("/", async (page) => {
  await settled(page);
  const seen = [];
  for (let at = 0; at < 32; at += 1) {
    await page.keyboard.press("Tab");
    seen.push(await page.evaluate(() => {
      const one = document.activeElement;
      const style = getComputedStyle(one);
      const box = one.getBoundingClientRect();
      const marked = style.boxShadow !== "none" || (style.outlineStyle !== "none" && style.outlineWidth !== "0px") || getComputedStyle(one.closest(".field") ?? one).boxShadow !== "none";
      return { name: (one.getAttribute("aria-label") ?? one.textContent ?? "").trim().slice(0, 40), tag: one.tagName, marked, sight: box.width > 0 && box.height > 0 };
    }));
  }
  const unseen = seen.filter(({ marked, sight, tag }) => tag !== "BODY" && !(marked && sight));
  assert.deepEqual(unseen, []);
  const order = ["Skip to the content", "steplog, the log", "Log", "Hot-spots", "Search", "Live", "Views"];
  assert.deepEqual(seen.slice(0, order.length).map(({ name }) => name), order);
}));

test("on a phone rows are cards, and details fill the window", () => visit("/", async (page) => {
  await settled(page);
  assert.equal(await page.locator("table.log").count(), 0);
  const cards = page.locator("button.card[data-id]");
  assert.ok(await cards.count() >= 5);
  assert.ok((await cards.first().boundingBox()).height >= 44);
  await fits(page, "cards");
  assert.match(await page.locator(".m-day").first().innerText(), /^\d+ \w+, UTC\+[12]$/, "the zone is always shown");
  assert.ok(await page.locator("#search").evaluate((field) => parseFloat(getComputedStyle(field).fontSize)) >= 16, "a phone would zoom into smaller text");
  await cards.first().tap();
  await panel(page).locator(".said h2").waitFor();
  const box = await panel(page).boundingBox();
  assert.ok(box.x === 0 && box.width === 390, JSON.stringify(box));
  await panel(page).getByRole("button", { name: "Back" }).tap();
  await panel(page).waitFor({ state: "detached" });
  await until(async () => assert.equal(params(page).get("sel"), null));
}, { viewport: PHONE }));

test("on a phone the list goes on to its end", () => visit("/", async (page) => {
  await settled(page);
  const seen = new Set();
  await until(async () => {
    for (const id of await page.locator("button.card[data-id]").evaluateAll((all) => all.map((card) => card.dataset.id))) seen.add(id);
    await page.locator(".m-list").evaluate((list) => { list.scrollTop += 500; });
    assert.equal(seen.size, 300);
  }, 90_000);
}, { viewport: PHONE }));

/** Nothing that is pressed in a part of the page is smaller than a finger. */
async function fingers(page, part) {
  const small = await page.locator(part).locator("button:visible, a[href]:visible, select:visible, .field:visible").evaluateAll((all) => all.map((one) => [one.textContent.trim().slice(0, 30), Math.round(one.getBoundingClientRect().height)]).filter(([, height]) => height < 44));
  assert.deepEqual(small, [], `too small in ${part}`);
}

test("on a phone a sheet has all filters, each unfolds, and what is chosen acts at once", () => visit("/", async (page) => {
  await settled(page);
  const row = page.getByRole("region", { name: "Filters" });
  await row.getByRole("button", { name: "Filters" }).tap();
  const sheet = page.getByRole("dialog", { name: "Filters" });
  await sheet.locator(".m-acc").first().waitFor();
  assert.deepEqual(await sheet.locator(".m-acc .grow").allInnerTexts(), ["Period", "Event", "Status", "Occurred in", "Object name", "Version ID", "Element", "Person ID", "Interaction ID", "Conversation ID"]);
  await sheet.getByRole("button", { name: /^Status/ }).tap();
  await sheet.getByRole("checkbox", { name: /^Failure,/ }).tap();
  await until(() => assert.equal(params(page).get("status"), "failure"));
  const counted = async () => Number((await sheet.locator(".sheet-foot").innerText()).replace(/\D/g, ""));
  await until(async () => assert.equal(await counted(), Number((await page.locator(".histo .total").innerText()).replace(/\D/g, ""))));
  assert.match(await sheet.getByRole("button", { name: /^Status/ }).innerText(), /Failure/);
  await fingers(page, "dialog.sheet");
  await fits(page, "the sheet");
  await accessible(page, "the sheet");
  await sheet.getByRole("button", { name: /^Person ID/ }).tap();
  await sheet.getByRole("textbox", { name: "Person ID" }).fill("person-0003-of-the-seed");
  await page.keyboard.press("Enter");
  await until(() => assert.equal(params(page).get("person"), "person-0003-of-the-seed"));
  await sheet.getByRole("button", { name: /^Period/ }).tap();
  await fingers(page, "dialog.sheet");
  await sheet.getByRole("button", { name: "Last 2 days" }).tap();
  await until(() => assert.equal(params(page).get("from"), "now-2d"));
  await sheet.getByRole("button", { name: /^Show / }).tap();
  await sheet.waitFor({ state: "detached" });
  assert.match(await row.getByRole("button", { name: "Filters" }).innerText(), /3/);
  await row.locator("button.chip", { hasText: "Status" }).tap();
  await sheet.getByRole("checkbox", { name: /^Failure,/ }).waitFor();
  await sheet.getByRole("button", { name: "Clear", exact: true }).first().tap();
  await until(() => assert.deepEqual([...params(page)], []));
}, { viewport: PHONE }));

test("on a phone hot-spots lead from the list to versions and elements, without a sideways way", () => visit("/hotspots", async (page) => {
  const list = page.getByRole("navigation", { name: "Objects and versions" });
  await list.getByRole("link", { name: /^Abandoned cart/ }).waitFor();
  assert.equal(await page.locator(".elements").count(), 0, "the list comes first");
  await fingers(page, "nav.objects");
  await fits(page, "objects");
  await list.getByRole("link", { name: /^Abandoned cart/ }).tap();
  const elements = page.getByRole("region", { name: "Elements of Abandoned cart" });
  await elements.getByRole("link", { name: "Ask the shop" }).waitFor();
  assert.deepEqual((await list.locator("a.child .cut").allInnerTexts()).sort(), ["v7", "v8"]);
  assert.match(await page.locator(".hot-head h1").innerText(), /^Abandoned cart v8/);
  const over = await page.locator(".hot, .hot *").evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1 && ["auto", "scroll"].includes(getComputedStyle(one).overflowX)).map((one) => one.className));
  assert.deepEqual(over, [], "nothing has to be scrolled sideways");
  await fits(page, "elements");
  await accessible(page, "elements as cards");
  await elements.getByRole("combobox", { name: "Order" }).selectOption("interactions");
  await page.getByRole("link", { name: "All objects" }).tap();
  await until(() => assert.equal(params(page).get("object"), null));
  await list.getByRole("link", { name: /^Welcome/ }).waitFor();
  await page.goBack();
  await elements.waitFor();
}, { viewport: PHONE }));

test("on a phone details fill the window, and lead to the interaction", () => visit("/", async (page) => {
  await settled(page);
  await page.locator("button.card[data-id]").first().tap();
  await panel(page).getByRole("link", { name: "Open interaction" }).tap();
  await page.locator("section.steps tr[data-id]").first().waitFor();
  await fits(page, "the interaction");
  const part = (name) => page.locator(name).boundingBox();
  const [steps, lanes] = [await part(".whole .split"), await part(".whole .time")];
  assert.ok(lanes.y >= steps.y + steps.height - 1, `the lanes stand below steps and transcript: ${JSON.stringify([steps, lanes])}`);
}, { viewport: PHONE }));

test("closing the details leaves no step behind: Back goes on to where one came from", () => visit("/hotspots", async (page) => {
  await page.locator("table.heat tbody tr").first().waitFor();
  await page.getByRole("link", { name: "Log", exact: true }).click();
  await settled(page);
  const log = page.url();
  const steps = () => page.evaluate(() => history.length);
  await page.locator("tr[data-id] td").first().click();
  await panel(page).locator(".said h2").waitFor();
  const opened = await steps();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await until(async () => assert.equal(await page.locator("tr[aria-selected=true]").getAttribute("aria-rowindex"), "4"));
  await page.keyboard.press("Escape");
  await panel(page).waitFor({ state: "detached" });
  await until(() => assert.equal(page.url(), log));
  assert.equal(await steps(), opened, "only the opening was a step");
  await page.goForward();
  await panel(page).locator(".said h2").waitFor();
  await page.goBack();
  await panel(page).waitFor({ state: "detached" });
  await page.goBack();
  await until(() => assert.match(page.url(), /\/hotspots$/));
}));

test("what was changed beside open details stays when they are closed", () => visit("/", async (page) => {
  await settled(page);
  await page.locator("tr[data-id] td").first().click();
  await panel(page).locator(".said h2").waitFor();
  await page.keyboard.press("l");
  await until(() => assert.equal(params(page).get("live"), "1"));
  await page.keyboard.press("Escape");
  await panel(page).waitFor({ state: "detached" });
  assert.deepEqual([...params(page)], [["live", "1"]]);
}));

test("a link into details closes to the log", () => visit("/", async (page) => {
  await settled(page);
  const [first] = await ids(page);
  await page.goto(new URL(`/?sel=${first}`, page.url()).href);
  await panel(page).locator(".said h2").waitFor();
  await page.keyboard.press("Escape");
  await panel(page).waitFor({ state: "detached" });
  assert.deepEqual([...params(page)], []);
  await settled(page);
}));

test("the choice of columns takes the focus, and Escape closes it", () => visit("/", async (page) => {
  await settled(page);
  const button = page.getByRole("button", { name: "Choose columns" });
  await button.press("Enter");
  const menu = page.getByRole("dialog", { name: "Columns" });
  await until(async () => assert.equal(await menu.evaluate((one) => one.contains(document.activeElement)), true));
  await page.keyboard.press("Escape");
  await menu.waitFor({ state: "detached" });
  assert.equal(await button.evaluate((one) => one === document.activeElement), true);
}));

test("Enter takes the one value that what is typed leaves, and none of several", () => visit("/", async (page) => {
  await settled(page);
  await page.locator("button.chip").filter({ hasText: /^\s*Object name/ }).click();
  const menu = page.getByRole("dialog", { name: "Object name" });
  const field = menu.getByRole("searchbox");
  await menu.locator("li.val").nth(2).waitFor();
  await field.press("Enter");
  await field.fill("Order");
  await until(async () => assert.equal(await menu.locator("li.val").count(), 1));
  assert.equal(params(page).get("object"), null);
  await field.press("Enter");
  await until(() => assert.deepEqual(params(page).getAll("object"), ["Order helper"]));
}));

test("Enter takes the one identifier that ends so, at once; of several the text is asked for as it is", () => visit("/", async (page) => {
  await settled(page);
  const chip = page.locator("button.chip").filter({ hasText: /^\s*Conversation ID/ });
  await chip.click();
  const field = page.getByRole("dialog", { name: "Conversation ID" }).getByRole("textbox");
  await field.fill("0003");
  await field.press("Enter");
  await until(() => assert.deepEqual(params(page).getAll("conversation"), ["conversation-0003"]));
  await chip.click();
  await field.fill("conversation");
  await field.press("Enter");
  await until(() => assert.deepEqual(params(page).getAll("conversation"), ["conversation-0003", "conversation"]));
}));

test("an identifier is heard as one word, and copied as one", () => visit("/", async (page) => {
  await settled(page);
  const link = page.locator("tr[data-id] a.idt").first();
  const id = await link.textContent();
  const heard = await page.locator("tr[data-id]").first().ariaSnapshot();
  assert.ok(heard.includes(`${id}: the whole interaction`) && !heard.includes(`${id.slice(0, -8)} ${id.slice(-8)}`), heard);
}));

// Copying, and telling that it was done.

import { literal } from "../search/literal";

/** What is said where it was not. */
export const NO_COPY = "The browser does not let this page copy";

/** What was copied from the page last, and what the search box takes for it. */
let last = { text: "", search: "" };

/** Puts a text on the clipboard; false where the browser does not allow it. `search` finds it, where that is not the text itself. */
export async function copyText(text: string, search = literal(text)): Promise<boolean> {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    done = copyBySelection(text);
  }
  if (done) last = { text, search };
  return done;
}

// A part of the page that is selected and copied is a text of the page as well; what stands in a field is not.
document.addEventListener("copy", ({ target }) => {
  const text = target instanceof Element && target.matches("input, textarea") ? "" : String(getSelection());
  // The end of an identifier that is shown cut is searched for as that.
  last = { text, search: text.includes("…") ? text : literal(text) };
});

const lines = (text: string) => text.replace(/\r\n?/g, "\n");

/** The search that finds a text, where it was copied from the page. Others are taken as searches. */
export const searchOf = (pasted: string): string | undefined => (pasted !== "" && lines(pasted) === lines(last.text) ? last.search : undefined);

/** The way for pages that were not loaded over HTTPS, where the clipboard is closed to scripts. */
function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  const focused = document.activeElement;
  area.value = text;
  area.readOnly = true;
  area.className = "sr";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}

// How wide the window is, in the classes that the styles know; and whether what is shown goes onto paper.

import { flushSync } from "svelte";
import { createSubscriber, MediaQuery } from "svelte/reactivity";
import { on } from "svelte/events";

/** A phone: rows are cards, filters a sheet, details the whole screen. */
export const narrow = new MediaQuery("(max-width: 700px)");
/** Too little room for all columns, as under a large zoom. */
export const cramped = new MediaQuery("(max-width: 1080px)");
/** Room for transcript and details beside the steps. */
export const broad = new MediaQuery("(min-width: 1701px)");

let onPaper = false;
const subscribe = createSubscriber((update) => {
  const [before, after] = [true, false].map((is) => on(window, is ? "beforeprint" : "afterprint", () => {
    onPaper = is;
    update();
    flushSync();
  }));
  return () => {
    before!();
    after!();
  };
});

/** While it is printed, all that is loaded is there, not only what is in sight. */
export const printing = {
  get now(): boolean {
    subscribe();
    return onPaper;
  },
};

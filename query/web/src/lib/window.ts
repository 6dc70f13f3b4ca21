// How wide the window is, in the classes that the styles know.

import { MediaQuery } from "svelte/reactivity";

/** A phone: rows are cards, filters a sheet, details the whole screen. */
export const narrow = new MediaQuery("(max-width: 700px)");
/** Room for transcript and details beside the steps. */
export const broad = new MediaQuery("(min-width: 1701px)");

// Whether single keys do something; kept by the browser.

const KEY = "steplog-single-keys";

/** Whether single keys do something. */
export function singleKeys(): boolean {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true; // A browser without storage works, and forgets.
  }
}

/** Switches single keys on or off. */
export function setSingleKeys(on: boolean): void {
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    // It cannot be kept; Ctrl K still works.
  }
}

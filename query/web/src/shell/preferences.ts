// What a browser keeps of its user: theme and single keys. Everything else is in the URL.

/** Light, dark, or as the system says. */
export type Theme = "system" | "light" | "dark";

const THEME_KEY = "steplog.theme";
const SINGLE_KEY = "steplog.single-keys";
const ORDER: Theme[] = ["system", "light", "dark"];

const kept = (key: string): string | null => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // A browser without storage works, and forgets.
  }
};

const keep = (key: string, value: string) => {
  try {
    localStorage.setItem(key, value);
  } catch {
    // As above.
  }
};

/** The theme that was chosen. */
export function theme(): Theme {
  const value = kept(THEME_KEY);
  return value === "light" || value === "dark" ? value : "system";
}

/** Takes a theme over and keeps it. */
export function setTheme(value: Theme): void {
  keep(THEME_KEY, value);
  if (value === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = value;
}

/** The theme after this one, for a button that goes round. */
export const nextTheme = (value: Theme): Theme => ORDER[(ORDER.indexOf(value) + 1) % ORDER.length]!;

/** Whether single keys do something. */
export const singleKeys = (): boolean => kept(SINGLE_KEY) !== "off";

/** Switches single keys on or off. */
export const setSingleKeys = (on: boolean): void => keep(SINGLE_KEY, on ? "on" : "off");

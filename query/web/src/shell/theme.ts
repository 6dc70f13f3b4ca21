// Light, dark, or as the system has it; kept by the browser.

export type Theme = "system" | "light" | "dark";

const KEY = "steplog-theme";
const ORDER: Theme[] = ["system", "light", "dark"];

function kept(): Theme {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === "light" || theme === "dark" ? theme : "system";
  } catch {
    // Browsers may forbid to keep anything.
    return "system";
  }
}

export const chosenTheme = {
  get: kept,
  next: (theme: Theme): Theme => ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length]!,
  set(theme: Theme): void {
    try {
      if (theme === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // It holds for this page at least.
    }
    chosenTheme.apply(theme);
  },
  apply(theme: Theme = kept()): void {
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
  },
};

// The last searches, kept by the browser.

const KEY = "steplog-recent";
const MOST = 8;

function kept(): string[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(list) ? list.filter((one): one is string => typeof one === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export const recent = {
  list: kept,
  add(search: string): void {
    try {
      localStorage.setItem(KEY, JSON.stringify([search, ...kept().filter((one) => one !== search)].slice(0, MOST)));
    } catch {
      // Browsers may forbid to keep anything.
    }
  },
};

import { describe, expect, test } from "vitest";

import { action, keyOf, SHORTCUTS, type Place } from "./keys";

const page: Place = { typing: false, control: false, modal: false };
const press = (key: string, more: Partial<{ ctrlKey: boolean; metaKey: boolean; altKey: boolean; isComposing: boolean }> = {}) =>
  ({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });

describe("a key press", () => {
  test("does what the sheet says, for every single key", () => {
    for (const { keys, actions } of SHORTCUTS) {
      keys.forEach((key, at) => {
        if (key.length === 1 && key !== "↵") expect(action(press(key), page, true), key).toBe(actions[at]);
      });
    }
    expect(SHORTCUTS.every(({ keys, actions }) => keys.length === actions.length)).toBe(true);
  });

  test("is left alone while one types", () => {
    const typing = { ...page, typing: true };
    for (const key of ["/", "j", "?", "Enter"]) expect(action(press(key), typing, true), key).toBeUndefined();
    expect(action(press("Escape"), typing, true)).toBe("close");
    expect(action(press("k", { ctrlKey: true }), typing, true)).toBe("commands");
    expect(action(press("j", { isComposing: true }), page, true)).toBeUndefined();
  });

  test("with Ctrl, Alt or Meta belongs to the browser, Ctrl K apart", () => {
    expect(action(press("c", { ctrlKey: true }), page, true)).toBeUndefined();
    expect(action(press("f", { metaKey: true }), page, true)).toBeUndefined();
    expect(action(press("l", { altKey: true }), page, true)).toBeUndefined();
    expect(action(press("K", { metaKey: true }), page, true)).toBe("commands");
  });

  test("of a single key can be switched off", () => {
    expect(action(press("x"), page, false)).toBeUndefined();
    expect(action(press("Enter"), page, false)).toBe("open");
    expect(action(press("Escape"), page, false)).toBe("close");
    expect(action(press("k", { ctrlKey: true }), page, false)).toBe("commands");
  });

  test("on a button presses it, and in a dialog stays there", () => {
    expect(action(press("Enter"), { ...page, control: true }, true)).toBeUndefined();
    expect(action(press("j"), { ...page, modal: true }, true)).toBeUndefined();
  });

  test("is named for the palette", () => {
    expect(keyOf("live")).toBe("l");
    expect(keyOf("step-previous")).toBe("[");
  });
});

// From a key press to what it does. Nothing here touches the page.

/** What a key can do. */
export type Action =
  | "search" | "commands" | "next" | "previous" | "step-next" | "step-previous" | "open" | "close"
  | "filter-for" | "filter-out" | "copy" | "period" | "live" | "interaction" | "next-failure" | "help";

/** The part of a keyboard event that matters. */
export interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  /** An input method is composing a character. */
  isComposing?: boolean;
}

/** Where the focus is. */
export interface Place {
  /** Keys write text here. */
  typing: boolean;
  /** Enter and Space press this: a button, a link, a box. */
  control: boolean;
  /** Something modal is open that takes keys itself. */
  modal: boolean;
}

/** A line of the sheet of shortcuts. */
export interface Shortcut {
  words: string;
  keys: string[];
  /** What each key does, in the same order. */
  actions: Action[];
}

/** All shortcuts, in the order of the sheet. */
export const SHORTCUTS: Shortcut[] = [
  { words: "Search", keys: ["/"], actions: ["search"] },
  { words: "Commands", keys: ["Ctrl K"], actions: ["commands"] },
  { words: "Next, previous", keys: ["j", "k"], actions: ["next", "previous"] },
  { words: "Steps", keys: ["[", "]"], actions: ["step-previous", "step-next"] },
  { words: "Open, close", keys: ["↵", "Esc"], actions: ["open", "close"] },
  { words: "Filter for, out", keys: ["f", "x"], actions: ["filter-for", "filter-out"] },
  { words: "Copy", keys: ["c"], actions: ["copy"] },
  { words: "Live", keys: ["l"], actions: ["live"] },
  { words: "Period", keys: ["t"], actions: ["period"] },
  { words: "Interaction", keys: ["i"], actions: ["interaction"] },
  { words: "Next failure", keys: ["n"], actions: ["next-failure"] },
  { words: "This sheet", keys: ["?"], actions: ["help"] },
];

const SINGLE = new Map<string, Action>(
  SHORTCUTS.flatMap(({ keys, actions }) => keys.map((key, at) => [key, actions[at]!] as const)).filter(([key]) => key.length === 1 && key !== "↵"),
);

/**
 * What a key press does, if anything. `single` says whether single keys are switched on; Ctrl K, Enter and Escape
 * always work. While one types, only Ctrl K and Escape do.
 */
export function action(press: Press, place: Place, single: boolean): Action | undefined {
  if (press.isComposing || place.modal) return undefined;
  const command = press.ctrlKey || press.metaKey;
  if (command) return !press.altKey && press.key.toLowerCase() === "k" ? "commands" : undefined;
  if (press.altKey) return undefined;
  if (press.key === "Escape") return "close";
  if (place.typing) return undefined;
  if (press.key === "Enter") return place.control ? undefined : "open";
  return single ? SINGLE.get(press.key) : undefined;
}

/** The key that does something, as it is shown. */
export function keyOf(wanted: Action): string {
  const shortcut = SHORTCUTS.find(({ actions }) => actions.includes(wanted));
  return shortcut ? shortcut.keys[shortcut.actions.indexOf(wanted)]! : "";
}

const NO_TEXT = ["button", "checkbox", "radio", "range", "reset", "submit", "color", "file", "image"];

/** Where the focus is, from the element that has it. */
export function placeOf(target: EventTarget | null, modal: boolean): Place {
  const element = target as (Element & { isContentEditable?: boolean; type?: string }) | null;
  if (!element || typeof element.closest !== "function") return { typing: false, control: false, modal };
  const tag = element.tagName;
  const typing = tag === "TEXTAREA" || tag === "SELECT" || element.isContentEditable === true
    || (tag === "INPUT" && !NO_TEXT.includes(element.type ?? "text"));
  const control = element.closest("button, a[href], summary, input, [role=checkbox], [role=option], [role=menuitem], [role=tab]") !== null;
  return { typing, control, modal };
}

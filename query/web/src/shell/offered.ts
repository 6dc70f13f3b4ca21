// What the palette offers now.

import { address, go, pageParams } from "../lib/address.svelte";
import { withParam } from "../lib/url";
import { perform, possible } from "./actions";
import type { Command } from "./commands";
import { keyOf, type Action } from "./keys";

/** What the tools of the top bar do for it. */
export interface Tools {
  live: boolean;
  onLog: boolean;
  open: (menu: "views" | "export" | "share") => void;
  theme: () => void;
  zone: () => void;
}

const ACTIONS = ["interaction", "period", "next-failure", "live"];

/** All commands that can be done now, in their order. */
export function offered(tools: Tools): Command[] {
  const by = (what: Action, words: string, icon: Command["icon"], also = ""): Command =>
    ({ id: what, words, icon, also, key: keyOf(what), run: () => perform(what) });
  const all: Command[] = [
    by("search", "Search", "search", "find query"),
    by("interaction", "Go to the interaction of this event", "list-tree", "steps"),
    by("period", "Go to a time", "calendar-clock", "period from to"),
    by("live", tools.live ? "Stop live" : "Go live", "radio", "tail follow new"),
    by("next-failure", "Go to the next failure", "triangle-alert", "error problem"),
    { id: "log", words: "Go to the log", icon: "list-filter", run: () => go(pageParams("/"), { path: "/" }) },
    { id: "hotspots", words: "Go to Hot-spots", icon: "triangle-alert", also: "failures versions", run: () => go(pageParams("/hotspots"), { path: "/hotspots" }) },
    { id: "events", words: "What events mean", icon: "circle-question-mark", also: "catalogue names reference", run: () => go(new URLSearchParams(), { path: "/events" }) },
    { id: "failures", words: "Show failures only", icon: "octagon-x", also: "errors status", run: () => go(withParam(address.params, "status", "failure"), { path: "/" }) },
    { id: "views", words: "Saved views", icon: "bookmark", also: "save", run: () => tools.open("views") },
    { id: "export", words: "Export what is filtered", icon: "download", also: "csv ndjson download save", run: () => tools.open("export") },
    { id: "share", words: "Share a link", icon: "link", also: "copy", run: () => tools.open("share") },
    { id: "theme", words: "Change the theme", icon: "sun-moon", also: "dark light", run: tools.theme },
    { id: "zone", words: "Change between UTC and local time", icon: "calendar-clock", also: "zone", run: tools.zone },
    by("help", "Help and shortcuts", "circle-question-mark", "keys links search"),
  ];
  const gone = (id: string) => (ACTIONS.includes(id) && !possible(id as Action)) || (id === "export" && !tools.onLog);
  return all.filter(({ id }) => !gone(id));
}

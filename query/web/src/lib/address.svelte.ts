// Where the page is: the one state that Back, reload and a second tab share.

import { clean, withParam } from "./url";

interface Place {
  path: string;
  params: URLSearchParams;
}

const here = (): Place => ({ path: location.pathname, params: clean(new URLSearchParams(location.search)) });

let place = $state.raw<Place>(here());

/** The address as it is now. */
export const address = {
  get path() {
    return place.path;
  },
  get params() {
    return place.params;
  },
};

/** The address as a link. */
export function href(path: string, params: URLSearchParams): string {
  const query = String(clean(params)).replaceAll("%3A", ":").replaceAll("%2C", ",");
  return query ? `${path}?${query}` : path;
}

/** Goes somewhere, as a step that Back undoes; `replace` makes no step of it. */
export function go(params: URLSearchParams, { path = place.path, replace = false } = {}): void {
  const to = href(path, params);
  const from = href(place.path, place.params);
  if (to === from) return;
  if (replace) history.replaceState(history.state, "", to);
  else history.pushState({ from }, "", to);
  place = here();
}

/** Goes where the step before was, as Back does, if that is there; else as a step that takes the place of this one. */
export async function goBackTo(params: URLSearchParams): Promise<void> {
  if (remembered<string>("from") !== href(place.path, params)) {
    go(params, { replace: true });
    return;
  }
  const gone = new Promise((done) => addEventListener("popstate", done, { once: true }));
  history.back();
  await gone;
}

/** Opens an event's details. The first one is a step, which Back undoes; others take its place. */
export function select(id: string): void {
  go(withParam(place.params, "sel", id), { replace: place.params.has("sel") });
}

/** Closes the details: the step that opened them is undone. */
export const unselect = (): Promise<void> => goBackTo(withParam(place.params, "sel", ""));

/** Keeps something beside this step of the history, such as how far it was scrolled. */
export function remember(kept: Record<string, unknown>): void {
  history.replaceState({ ...(history.state as object | null), ...kept }, "");
}

/** What was kept beside this step. */
export const remembered = <T>(name: string): T | undefined => (history.state as Record<string, T> | null)?.[name];

/** Follows the browser's own steps, and clicks on links within the page. */
export function follow(): () => void {
  const back = () => { place = here(); };
  const click = (event: MouseEvent) => {
    const link = (event.target as Element | null)?.closest?.("a[href]");
    if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.target || link.hasAttribute("download")) return;
    if (link.origin !== location.origin || !isPage(link.pathname)) return;
    event.preventDefault();
    go(new URLSearchParams(link.search), { path: link.pathname });
  };
  addEventListener("popstate", back);
  document.addEventListener("click", click);
  return () => {
    removeEventListener("popstate", back);
    document.removeEventListener("click", click);
  };
}

const isPage = (path: string): boolean => path === "/" || path === "/hotspots" || path.startsWith("/i/");

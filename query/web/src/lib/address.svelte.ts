// Where the page is: the one state that Back, reload and a second tab share.

import { base, linkTo, within } from "./base";
import { clean, filtered, withParam } from "./url";
import { keepZone, zoneOf } from "./zone";

interface Place {
  path: string;
  params: URLSearchParams;
}

const here = (): Place => ({ path: within(location.pathname), params: clean(new URLSearchParams(location.search)) });

let place = $state.raw<Place>(here());

/** The address as it is now. */
export const address = {
  get path() {
    return place.path;
  },
  get params() {
    return place.params;
  },
  /** The zone that times are shown in. */
  get zone() {
    return zoneOf(place.params);
  },
};

/** A place of the page as a link, in the zone of the address unless it names another one. */
export const href = (path: string, params = new URLSearchParams()): string => linkTo(path, params, zoneOf(params.has("tz") ? params : place.params));

/** How each page was left: whoever comes back to it finds its columns, its order, its versions. */
const left = new Map<string, URLSearchParams>();

/** A page as it was left, as a link; undefined where one has not been. */
export const cameFrom = (path: string): string | undefined => {
  const before = left.get(path);
  return before && href(path, before);
};

/** What a page of the navigation is opened with: what is filtered here, and how that page was left. None on the page itself. */
export function pageParams(path: string): URLSearchParams {
  if (path === place.path) return new URLSearchParams();
  const before = left.get(path) ?? new URLSearchParams();
  return place.path.startsWith("/i/") ? withParam(withParam(before, "sel", ""), "live", "") : filtered(before, place.params);
}

/** Goes somewhere, as a step that Back undoes; `replace` makes no step of it. */
export function go(params: URLSearchParams, { path = place.path, replace = false, stay = false } = {}): void {
  const to = href(path, params);
  const from = href(place.path, place.params);
  if (to === from) return;
  leave();
  // What stays where it is has been read as far as before.
  const kept = stay ? (history.state as object | null) : null;
  if (replace) history.replaceState(history.state, "", to);
  else history.pushState({ ...kept, from }, "", to);
  arrive();
}

function arrive(): void {
  left.set(place.path, place.params);
  place = here();
}

/** Goes where the step before was, as Back does, if that is there; else as a step that takes the place of this one. */
async function goBackTo(params: URLSearchParams): Promise<void> {
  if (remembered<string>("from") !== href(place.path, params)) {
    go(params, { replace: true });
    return;
  }
  leave();
  const gone = new Promise((done) => addEventListener("popstate", done, { once: true }));
  history.back();
  await gone;
}

/** Opens an event's details. The first one is a step, which Back undoes; others take its place. */
export function select(id: string): void {
  go(withParam(place.params, "sel", id), { replace: place.params.has("sel"), stay: true });
}

/** Closes the details: the step that opened them is undone. */
export const unselect = (): Promise<void> => goBackTo(withParam(place.params, "sel", ""));

/** Shows all times in a zone from now on. */
export function chooseZone(zone: string): void {
  keepZone(zone);
  history.replaceState(history.state, "", href(place.path, withParam(place.params, "tz", zone)));
  arrive();
}

/** Keeps something beside this step of the history, such as how far it was scrolled. */
export function remember(kept: Record<string, unknown>): void {
  history.replaceState({ ...(history.state as object | null), ...kept }, "");
}

/** How long one stays somewhere before it is kept, in milliseconds: browsers allow few changes of the history a second. */
const REST = 150;
let resting: ReturnType<typeof setTimeout> | undefined;
let told: (() => Record<string, unknown> | undefined) | undefined;

/** Keeps what `tell` says once one rests, and when one leaves this step. */
export function rememberSoon(tell: () => Record<string, unknown> | undefined): void {
  clearTimeout(resting);
  told = tell;
  resting = setTimeout(rest, REST);
}

function rest(): void {
  const kept = told?.();
  if (kept) remember(kept);
}

function leave(): void {
  rest();
  forget();
}

function forget(): void {
  clearTimeout(resting);
  told = undefined;
}

/** What was kept beside this step. */
export const remembered = <T>(name: string): T | undefined => (history.state as Record<string, T> | null)?.[name];

/** Follows the browser's own steps, and clicks on links within the page. */
export function follow(): () => void {
  const click = (event: MouseEvent) => {
    const link = (event.target as Element | null)?.closest?.("a[href]");
    if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.target || link.hasAttribute("download")) return;
    if (link.origin !== location.origin || !link.pathname.startsWith(base) || !isPage(within(link.pathname))) return;
    event.preventDefault();
    go(new URLSearchParams(link.search), { path: within(link.pathname) });
  };
  // The step is another one already: what was not kept yet is not its own.
  const back = () => {
    forget();
    arrive();
  };
  addEventListener("popstate", back);
  addEventListener("pagehide", rest);
  document.addEventListener("click", click);
  return () => {
    removeEventListener("popstate", back);
    removeEventListener("pagehide", rest);
    document.removeEventListener("click", click);
  };
}

const isPage = (path: string): boolean => ["/", "/hotspots", "/events"].includes(path) || path.startsWith("/i/");

// Where the page lives: at the root of its host, or below a path that a proxy takes off. The server need not know it.

import { clean } from "./url";

/** The path of the page, with a slash at both ends: its scripts lie in a folder within. */
export const base: string = import.meta.env.PROD ? new URL(import.meta.url).pathname.replace(/[^/]*\/[^/]*$/, "") : "/";

/** A path of the browser as one of the page. */
export const within = (path: string): string => (path.startsWith(base) ? path.slice(base.length - 1) : path);

/** A place of the page as a link. It names the zone, so that whoever follows it reads the same times. */
export function linkTo(path: string, params: URLSearchParams, zone: string): string {
  const query = clean(params);
  query.set("tz", zone);
  return `${base}${path.slice(1)}?${String(query).replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%2F", "/")}`;
}

/** The path of an interaction's own page. */
export const interactionPath = (id: string): string => `/i/${encodeURIComponent(id)}`;

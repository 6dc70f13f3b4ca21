// Where this server receives events, as somebody at the page reaches it.

import { api } from "../lib/api";

/** Addresses that mean every interface of the machine. */
const EVERYWHERE = new Set(["0.0.0.0", "[::]"]);

/** The addresses of the receivers: an IP address and a port each. */
export interface Receivers {
  grpc: string;
  http: string;
}

/** Asks the server; undefined where it receives nothing itself. Throws what the server says against it. */
export async function receivers(): Promise<Receivers | undefined> {
  return (await api.health<{ receivers?: Receivers }>()).receivers;
}

/** An address as a URL. One that means every interface is reached by the name that the page came from. */
export function reached(address: string, pageHost: string): string {
  const at = address.lastIndexOf(":");
  const host = address.slice(0, at);
  return `http://${EVERYWHERE.has(host) ? pageHost : host}${address.slice(at)}`;
}

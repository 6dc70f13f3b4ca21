// The API of the server that the page came from, typed, with its problem details as errors.

import { base } from "./base";

/** What is wrong with one parameter. */
export interface ParameterProblem {
  parameter: string;
  position?: number;
  problem: string;
  hint: string;
}

/** A refusal of the server, or that it could not be reached. */
export class Problem extends Error {
  constructor(
    readonly title: string,
    readonly detail: string,
    readonly status: number,
    readonly errors: ParameterProblem[] = [],
  ) {
    super(detail || title);
    this.name = "Problem";
  }

  /** Whether the same question may be answered later. */
  get retryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** A row of the log. */
export interface Row {
  id: string;
  seq: string | number;
  time: string;
  received: string;
  event?: string;
  status?: string;
  occurred_in?: string;
  object?: string;
  version?: string;
  element?: string;
  performed_by?: string;
  person?: string;
  interaction?: string;
  conversation?: string;
  reason?: string;
  duration_nanos?: number;
  /** What is odd about it. */
  flags?: string[];
  snippet?: { text: string; hits: [number, number][] };
  [column: string]: unknown;
}

/** How many events there are without one filter. */
interface Without {
  without: string;
  events: number;
}

/** What finds something instead of a condition, as its parameter has it. */
export interface Near {
  parameter: string;
  value: string;
  instead: string;
  events: number;
}

/** What to know about a value that never finds anything. */
interface Hint {
  parameter: string;
  value: string;
  hint: string;
}

/** What is told of a page without events. */
export interface Emptiness {
  why?: Without[];
  near?: Near[];
  hints?: Hint[];
}

export interface Page extends Emptiness {
  events: Row[];
  next: string | null;
  prev: string | null;
  complete: boolean;
}

export interface FacetValue {
  value: string;
  count: number;
  matching: number;
}

export interface Facets {
  facets: Record<string, { values: FacetValue[]; more: boolean }>;
  complete: boolean;
}

export interface Histogram {
  from: string;
  to: string;
  /** Nanoseconds as a text. */
  step: string;
  buckets: { time: string; counts: Record<string, number> }[];
  /** What an open period has behind its last bar: events that are ahead of the clock. */
  ahead: { from: string; last: string; counts: Record<string, number> } | null;
  total: number;
  complete: boolean;
}

export interface Count {
  count: number;
  /** Where they were asked for, and the events are not of too many objects. */
  interactions?: number;
}

async function failure(answer: Response): Promise<Problem> {
  try {
    const body = (await answer.json()) as { title?: string; detail?: string; errors?: ParameterProblem[] };
    return new Problem(body.title ?? `The server answered ${answer.status}`, body.detail ?? "", answer.status, body.errors ?? []);
  } catch {
    return new Problem(`The server answered ${answer.status}`, "", answer.status);
  }
}

/** The address of something of the API. */
const apiUrl = (path: string): string => `${base}api/v1/${path}`;

/** Words that people type are found by their beginnings: the last one need not be whole. */
export function asTyped(params: URLSearchParams): URLSearchParams {
  if (!params.get("q")) return params;
  const copy = new URLSearchParams(params);
  copy.set("typing", "1");
  return copy;
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem("The server cannot be reached", "The server may be stopped, or the network is down.", 0);
  }
  if (!answer.ok) throw await failure(answer);
  return answer;
}

/** Asks the API. */
export const api = {
  async get<T>(path: string, params: URLSearchParams, signal?: AbortSignal): Promise<T> {
    const query = String(asTyped(params));
    const answer = await reach(apiUrl(query ? `${path}?${query}` : path), { signal });
    return (await answer.json()) as T;
  },

  /** Asks for a file, which is read as it comes. */
  async file(path: string, params: URLSearchParams, signal: AbortSignal): Promise<{ body: ReadableStream<Uint8Array>; disposition: string | null }> {
    const answer = await reach(apiUrl(`${path}?${asTyped(params)}`), { signal });
    if (!answer.body) throw new Problem("The file is empty", "The server sent nothing.", answer.status);
    return { body: answer.body, disposition: answer.headers.get("content-disposition") };
  },

  /** Follows what the server tells as it happens. */
  stream: (path: string): EventSource => new EventSource(apiUrl(path)),

  /** Asks what the server says of its own state. */
  async health<T>(): Promise<T> {
    const answer = await reach(`${base}health/ready`, {});
    return (await answer.json()) as T;
  },

  /** Sends a body of JSON; undefined where the answer has none. */
  async send<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<T | undefined> {
    const init: RequestInit = { method, headers: { "content-type": "application/json" } };
    if (body !== undefined) init.body = JSON.stringify(body);
    const answer = await reach(apiUrl(path), init);
    return answer.status === 204 ? undefined : ((await answer.json()) as T);
  },
};

/** Whether an error only says that nobody wants the answer any more. */
export const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";

/** Any error as a problem that can be shown. */
export const asProblem = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem("The page failed", error instanceof Error ? error.message : String(error), -1);

// What the hot-spots page asks for, and where its numbers lead.

import { filterOf, question, withFilter, written } from "../lib/url";

/** The object that is looked at: the one value of its filter. */
export function chosenObject(params: URLSearchParams): string | undefined {
  const values = filterOf(params, "object");
  return values.length === 1 && !values[0]!.excluded ? values[0]!.value : undefined;
}

/** The filters that count here: how an event ended is what is counted, so that no status is left out. */
function counted(params: URLSearchParams): URLSearchParams {
  const asked = question(params);
  asked.delete("status");
  return asked;
}

/** The question for the list of objects: all filters but the choice of one object. */
export function listQuestion(params: URLSearchParams): URLSearchParams {
  const asked = counted(params);
  return chosenObject(params) === undefined ? asked : withFilter(asked, "object", []);
}

/** The question for one object, and for two of its versions. */
export function objectQuestion(params: URLSearchParams, object: string, versions?: { a: string; b: string }): URLSearchParams {
  const asked = withFilter(counted(params), "object", [{ value: object, excluded: false }]);
  asked.set("elements", "1");
  if (versions) {
    asked.set("compare_a", versions.a);
    asked.set("compare_b", versions.b);
  }
  return asked;
}

/** The event of a wait that ran out, which is no failure: nobody answering may be the plan. */
const WAIT_OVER = "journey.wait.timed_out";

interface Counted {
  object: string;
  /** `null` for what has no element. */
  element?: string | null;
  version?: string | null;
  failed?: boolean;
  /** Whether there are waits that ran out among what is not counted as failed. */
  waits?: boolean;
  since?: string;
  until?: string | null;
}

/** The log of what a number counts. */
export function logOf(params: URLSearchParams, only: Counted): URLSearchParams {
  const asked = withFilter(question(params), "object", [{ value: only.object, excluded: false }]);
  if (only.element !== undefined) {
    asked.delete("element");
    asked.append("element", only.element === null ? "!*" : written(only.element));
  }
  if (only.since !== undefined) asked.set("from", only.since);
  if (only.until != null) asked.set("to", only.until);
  if (only.version != null) {
    asked.delete("version");
    asked.append("version", written(only.version));
  }
  if (only.failed) {
    asked.delete("status");
    asked.append("status", "failure");
    asked.append("status", "timed_out");
    if (only.waits) asked.append("event", `!${WAIT_OVER}`);
  }
  return asked;
}

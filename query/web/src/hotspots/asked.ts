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

/** The log of what a number counts. */
export function logOf(params: URLSearchParams, only: { object: string; element?: string | null; version?: string | null; failed?: boolean }): URLSearchParams {
  const asked = withFilter(question(params), "object", [{ value: only.object, excluded: false }]);
  if (only.element != null) asked.append("element", written(only.element));
  if (only.version != null) {
    asked.delete("version");
    asked.append("version", written(only.version));
  }
  if (only.failed) {
    asked.delete("status");
    asked.append("status", "failure");
    asked.append("status", "timed_out");
  }
  return asked;
}

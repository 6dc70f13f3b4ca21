// What is wrong with the last search, told by whoever asked with it, shown under the search box.

import type { ParameterProblem } from "../lib/api";

interface Told {
  search: string;
  problem: ParameterProblem;
}

let told = $state.raw<Told | undefined>();

/** The characters around a place that are shown. */
const AROUND = 28;

/** A problem with the place that it is about. */
export interface ShownProblem {
  problem: string;
  hint: string;
  before: string;
  at: string;
  after: string;
}

/** A search cut around the place where something is wrong; positions count characters. */
export function around(search: string, position: number): { before: string; at: string; after: string } {
  const chars = [...search];
  const place = Math.min(Math.max(position, 0), chars.length);
  const start = Math.max(0, place - AROUND);
  const rest = chars.slice(place);
  const word = rest.length === 0 ? 0 : Math.max(1, rest.findIndex((char) => char === " "));
  const end = rest.includes(" ") ? word : rest.length;
  return {
    before: (start > 0 ? "…" : "") + chars.slice(start, place).join(""),
    at: rest.length === 0 ? " " : rest.slice(0, Math.min(end, AROUND)).join(""),
    after: rest.slice(end, end + AROUND).join("") + (rest.length > end + AROUND ? "…" : ""),
  };
}

export const searchProblem = {
  /** Tells what a search was refused for; nothing where it was answered. */
  tell(search: string, errors: ParameterProblem[]): void {
    const problem = errors.find(({ parameter }) => parameter === "q");
    told = problem ? { search, problem } : undefined;
  },
  /** What is wrong with a search. */
  of(search: string): ShownProblem | undefined {
    if (!told || told.search !== search) return undefined;
    const { problem, hint, position } = told.problem;
    return { problem, hint, ...around(search, position ?? 0) };
  },
};

// The export that runs: it goes on while its menu is closed.

import { api, asProblem } from "../lib/api";
import { counted } from "../lib/format";
import { fileName, read, save, type Format, type Progress } from "./exporting";

let running = $state.raw<AbortController | undefined>();
let progress = $state.raw<Progress | undefined>();
let problem = $state("");
let done = $state("");

export const job = {
  get running() {
    return running !== undefined;
  },
  get progress() {
    return progress;
  },
  get problem() {
    return problem;
  },
  get done() {
    return done;
  },
  /** Forgets how the last one ended. */
  clear(): void {
    if (!running) [problem, done] = ["", ""];
  },
  stop(): void {
    running?.abort();
  },
  /** Asks for a file, reads it to its end, and saves it whole or not at all. */
  async run(params: URLSearchParams, format: Format): Promise<void> {
    const cancel = new AbortController();
    running = cancel;
    [problem, done] = ["", ""];
    progress = undefined;
    try {
      const { body, disposition } = await api.file("export", params, cancel.signal);
      progress = { events: 0, bytes: 0 };
      const { blob, what } = await read(body, format, (now) => (progress = now));
      save(blob, fileName(disposition, format));
      done = what;
    } catch (error) {
      problem = cancel.signal.aborted ? "Stopped. Nothing was saved." : refused(error);
    }
    running = undefined;
    progress = undefined;
  },
};

/** What went wrong: the server's own reason where it gave one, before a first byte came. */
function refused(error: unknown): string {
  if (progress) return `The export broke off after ${counted(progress.events, "event")}, so nothing was saved. Try again, or take a shorter period.`;
  const { message, errors } = asProblem(error);
  return `The export did not begin, so nothing was saved: ${[message, ...errors.map(({ parameter, problem: what, hint }) => `${parameter}: ${what}; ${hint}`)].join(" ")}`;
}

// One question to the API that a view asks again and again: its last answer, and what went wrong.

import { api, asProblem, isAbort, type Problem } from "./api";

export class Question<T> {
  /** The last answer; it stays while the next one is awaited, and where that fails. */
  answer = $state.raw<T | undefined>();
  /** What the answer answers. */
  of = $state("");
  problem = $state.raw<Problem | undefined>();
  loading = $state(false);

  /**
   * Asks. Returns how to drop the question, which is what an effect gives back; an answer that was dropped changes
   * nothing.
   */
  ask(path: string, params: URLSearchParams): () => void {
    const abort = new AbortController();
    this.loading = true;
    api.get<T>(path, params, abort.signal).then(
      (answer) => this.done(abort.signal, () => {
        this.answer = answer;
        this.of = String(params);
        this.problem = undefined;
      }),
      (error: unknown) => {
        if (!isAbort(error)) this.done(abort.signal, () => (this.problem = asProblem(error)));
      },
    );
    return () => abort.abort();
  }

  private done(signal: AbortSignal, act: () => void): void {
    if (signal.aborted) return;
    act();
    this.loading = false;
  }
}

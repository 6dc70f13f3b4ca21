// Asking the API.

/** What the API says went wrong: an RFC 9457 problem. */
export class Problem extends Error {
  constructor(body) {
    super(body.detail || body.title);
    this.title = body.title;
    this.errors = body.errors || [];
    this.retryable = body.status === 503 || body.status === 504;
  }
}

/** The JSON behind a path. Throws a Problem, or an AbortError when the signal fires. */
export async function ask(path, params, signal) {
  const query = params && String(params) ? `?${params}` : "";
  let response;
  try {
    response = await fetch(`/api/v1/${path}${query}`, { signal, headers: { accept: "application/json" } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ title: "steplog does not answer", detail: "Is it still running? Then try again.", status: 503 });
  }
  const body = await response.json().catch(() => null);
  if (response.ok && body) return body;
  throw new Problem(body || { title: `The answer was ${response.status}`, detail: "Try again.", status: response.status });
}

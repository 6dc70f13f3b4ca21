// Who does what a key or a command asks for: each view says so while it is shown.

import type { Action } from "./keys";

type Handlers = Partial<Record<Action, () => void>>;

const known: Handlers[] = [];

/** Takes actions over until the function that it returns is called. What was taken over last is asked first. */
export function handle(handlers: Handlers): () => void {
  known.unshift(handlers);
  return () => {
    const at = known.indexOf(handlers);
    if (at >= 0) known.splice(at, 1);
  };
}

/** Does it; false where nobody can. */
export function perform(action: Action): boolean {
  const handlers = known.find((one) => one[action] !== undefined);
  handlers?.[action]?.();
  return handlers !== undefined;
}

/** Whether somebody can do it now. */
export const possible = (action: Action): boolean => known.some((one) => one[action] !== undefined);

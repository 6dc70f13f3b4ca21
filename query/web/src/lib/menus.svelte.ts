// The menus, once they are there.

import { notice } from "../shell/notice.svelte";

type Menus = typeof import("../shell/menus");

let all = $state.raw<Menus | undefined>();

export const menus = {
  get all(): Menus | undefined {
    return all;
  },
  /** Loads them; once is enough. Where the server is away, what was pressed stays closed, says so, and may be pressed again. */
  async load(): Promise<void> {
    await this.prepare();
    if (!all) notice.say("This did not load: the server may be stopped");
  },
  /** Loads them before anybody presses anything. */
  async prepare(): Promise<void> {
    if (!all) all = await import("../shell/menus").catch(() => undefined);
  },
};

// The menus, once they are there.

type Menus = typeof import("../shell/menus");

let all = $state.raw<Menus | undefined>();

export const menus = {
  get all(): Menus | undefined {
    return all;
  },
  /** Loads them; once is enough. Where the server is away, what was pressed stays closed, and may be pressed again. */
  async load(): Promise<void> {
    if (!all) all = await import("../shell/menus").catch(() => undefined);
  },
};

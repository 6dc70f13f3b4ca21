// What floats closes on a press outside of it, and on Escape.

interface Options {
  close: () => void;
  /** A press on this is its own business: it opened what floats. */
  but?: Element | undefined;
}

export function outside(node: HTMLElement, options: Options) {
  const press = (event: PointerEvent) => {
    const target = event.target as Node;
    if (!node.contains(target) && !options.but?.contains(target)) options.close();
  };
  const key = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    event.preventDefault();
    options.close();
  };
  document.addEventListener("pointerdown", press, true);
  node.addEventListener("keydown", key);
  return {
    update(next: Options) {
      options = next;
    },
    destroy() {
      document.removeEventListener("pointerdown", press, true);
      node.removeEventListener("keydown", key);
    },
  };
}

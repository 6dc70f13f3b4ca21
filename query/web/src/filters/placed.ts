// Places what floats under its chip, within the window, whatever row of chips scrolls beneath.

export function placed(node: HTMLElement) {
  const chip = node.parentElement!;
  const place = () => {
    const at = chip.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.left, innerWidth - node.offsetWidth - 8));
    node.style.position = "fixed";
    node.style.left = `${left}px`;
    node.style.top = `${at.bottom + 4}px`;
    node.style.maxHeight = `calc(100dvh - ${at.bottom + 12}px)`;
    node.style.overflow = "auto";
  };
  place();
  const row = chip.parentElement;
  addEventListener("resize", place);
  row?.addEventListener("scroll", place);
  return {
    destroy() {
      removeEventListener("resize", place);
      row?.removeEventListener("scroll", place);
    },
  };
}

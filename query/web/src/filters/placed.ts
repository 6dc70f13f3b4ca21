// Keeps what floats under its chip within the window.

export function placed(node: HTMLElement) {
  if (getComputedStyle(node).position === "fixed") return;
  const box = node.getBoundingClientRect();
  const over = box.right - innerWidth + 8;
  if (over > 0) node.style.left = `${-over}px`;
}

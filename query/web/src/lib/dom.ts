// Elements made without a component: for what is made by the hundred, and before any component is there.

import { ICONS, type IconName } from "./icons";

/** An element with a class and a text. */
export function element<K extends keyof HTMLElementTagNameMap>(tag: K, className = "", text = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  if (text !== "") made.textContent = text;
  return made;
}

const SVG = "http://www.w3.org/2000/svg";
const drawn = new Map<string, SVGElement>();

/** A drawing of the set, as `Icon` has it; it says nothing to those who hear the page. */
export function icon(name: IconName, size: "m" | "s" | "xs" = "m"): SVGElement {
  const key = `${name} ${size}`;
  let found = drawn.get(key);
  if (!found) {
    found = document.createElementNS(SVG, "svg");
    found.setAttribute("class", size === "m" ? "i" : `i i-${size}`);
    found.setAttribute("viewBox", "0 0 24 24");
    found.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", ICONS[name]);
    found.append(path);
    drawn.set(key, found);
  }
  return found.cloneNode(true) as SVGElement;
}

// How identifiers read: their ends tell them apart, so that what gives way stands before the end; what is the same as
// above is pale.

import { element } from "./dom";
import { visible } from "./format";

/** The last characters, which always stay in sight. */
const TAIL_CHARS = 8;

/** An identifier in two: what gives way where there is no room, and its end. */
export function ends(id: string): [string, string] {
  const chars = [...visible(id)];
  return [chars.slice(0, -TAIL_CHARS).join(""), chars.slice(-TAIL_CHARS).join("")];
}

/** How many units two texts begin with in common. A character is never parted. */
export function common(one: string, other: string): number {
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at += 1;
  return at > 0 && /[\uD800-\uDBFF]/.test(one[at - 1]!) ? at - 1 : at;
}

/** Both parts as elements. The text is whole for those who copy it; those who hear it have the title, which is one word. */
export function idParts(id: string, above?: string): Node[] {
  const same = above === undefined ? 0 : common(id, above);
  const [head, tail] = ends(id);
  const part = (text: string, from: number, className: string) => {
    const cut = Math.min(text.length, Math.max(0, same - from));
    const made = element("span", className);
    made.ariaHidden = "true";
    if (cut > 0) made.append(element("span", "same", text.slice(0, cut)));
    if (cut < text.length) made.append(text.slice(cut));
    return made;
  };
  return head === "" ? [part(tail, 0, "id-end")] : [part(head, 0, "id-head"), part(tail, head.length, "id-end")];
}

// The commands of the palette, and which of them a text finds.

import type { IconName } from "../lib/icons";
import { places, type Span } from "../details/highlight";

/** Something that the palette can do. */
export interface Command {
  id: string;
  words: string;
  icon: IconName;
  /** The key that does the same. */
  key?: string;
  /** Other words that find it. */
  also?: string;
  run: () => void;
}

/** A command that was found, and where its words have the text. */
export interface Found {
  command: Command;
  spans: Span[];
}

/** Commands that have all words of the text, those that begin with it first; all of them for no text. */
export function findCommands(commands: readonly Command[], text: string): Found[] {
  const wanted = text.trim().split(/\s+/).filter((word) => word !== "");
  const found: (Found & { rank: number })[] = [];
  for (const command of commands) {
    const spans = wanted.map((word) => places(command.words, word));
    const hit = wanted.every((word, at) => spans[at]!.length > 0 || places(command.also ?? "", word).length > 0);
    if (!hit) continue;
    const first = spans.flatMap((one) => one.slice(0, 1)).sort((one, other) => one[0] - other[0]);
    found.push({ command, spans: first, rank: first[0]?.[0] === 0 ? 0 : first.length > 0 ? 1 : 2 });
  }
  return found.sort((one, other) => one.rank - other.rank);
}

import { expect, test } from "vitest";

import { findCommands, type Command } from "./commands";

const command = (words: string, also?: string): Command => ({ id: words, words, icon: "link", also, run: () => {} });
const all = [command("Copy link"), command("Go live", "tail follow"), command("Go to a time", "period"), command("Show the log")];
const found = (text: string) => findCommands(all, text).map((one) => one.command.words);

test("finds by any part, beginnings first, and by other words", () => {
  expect(found("")).toHaveLength(4);
  expect(found("go")).toEqual(["Go live", "Go to a time"]);
  expect(found("log")).toEqual(["Show the log"]);
  expect(found("tail")).toEqual(["Go live"]);
  expect(found("time go")).toEqual(["Go to a time"]);
  expect(found("nothing")).toEqual([]);
});

test("says where the words are", () => {
  expect(findCommands(all, "time go")[0]!.spans).toEqual([[0, 2], [8, 12]]);
});

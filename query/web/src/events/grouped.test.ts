import { expect, it } from "vitest";

import { grouped } from "./grouped";

const event = (name: string, label: string, context: string, description = "") => ({ name, label, context, description });
const all = [event("message.sent", "Message sent", "message"), event("journey.started", "Journey started", "journey", "The journey began to run for a person."), event("chatbot.message.sent", "Message sent", "chatbot"), event("acme.odd", "Odd", "acme")];

it("stand by where they occur, in the order of the contexts", () => {
  expect(grouped(all, "").map(({ context, events }) => [context, events.length])).toEqual([["journey", 1], ["chatbot", 1], ["message", 1], ["acme", 1]]);
});

it("are found by label, name and meaning", () => {
  const names = (text: string) => grouped(all, text).flatMap(({ events }) => events.map(({ name }) => name));
  expect(names("message sent")).toEqual(["chatbot.message.sent", "message.sent"]);
  expect(names("Sent Chatbot")).toEqual(["chatbot.message.sent"]);
  expect(names("person began")).toEqual(["journey.started"]);
  expect(names("nothing")).toEqual([]);
});

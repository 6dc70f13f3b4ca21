// What people read for columns, statuses and contexts, and the drawings that stand beside them.

import { labelOf } from "./columns";
import { visible } from "./format";
import type { IconName } from "./icons";

/** What stands in the address like a column and is none, and what only the page has. */
const OTHERS: Record<string, string> = {
  details: "Details", seq: "Arrival number", flags: "Noticed", period: "Period", from: "Period, from", to: "Period, to", tz: "Time zone", q: "Search",
};

/** What a column is called; of an attribute, its key. */
export const columnLabel = (column: string): string => labelOf(column) ?? (Object.hasOwn(OTHERS, column) ? OTHERS[column]! : column.replace(/^attr\.(?=[^])/, ""));

interface Word {
  label: string;
  icon?: IconName;
}

/** The canonical statuses, in the order of the legend. */
export const STATUSES: Record<string, Word> = {
  success: { label: "Success", icon: "circle-check" },
  failure: { label: "Failure", icon: "octagon-x" },
  timed_out: { label: "Timed out", icon: "clock-alert" },
  in_progress: { label: "Started", icon: "play" },
  skipped: { label: "Skipped", icon: "skip-forward" },
  cancelled: { label: "Cancelled", icon: "circle-slash" },
  unknown: { label: "Unknown", icon: "circle-question-mark" },
};

/** The known contexts. */
export const CONTEXTS: Record<string, Word> = {
  journey: { label: "Journey", icon: "route" },
  chatbot: { label: "Chatbot", icon: "bot" },
  ai_agent: { label: "AI agent", icon: "sparkles" },
  conversation: { label: "Conversation", icon: "messages-square" },
  message: { label: "Message", icon: "send" },
};

/** A status in words; one that is not canonical as it is. */
export const statusWord = (status: string | undefined): Word =>
  status === undefined || status === "" ? { label: "No status" }
  : Object.hasOwn(STATUSES, status) ? STATUSES[status]! : { label: visible(status), icon: "circle-question-mark" };

/** A context in words. */
export const contextWord = (context: string): Word => (Object.hasOwn(CONTEXTS, context) ? CONTEXTS[context]! : { label: visible(context) });

/** What is odd about an event, as a sentence. */
const ODD: Record<string, string> = {
  time_implausible: "Its own time was not believable: another one is shown",
  time_ahead: "Its time is ahead of when it arrived: the sender’s clock is fast, or its time zone is mistaken",
  utf8_repaired: "Some characters could not be read and were replaced",
  duplicate_keys: "Something was sent twice under one name: the last one counts",
  index_truncated: "It is so large that a search knows only a part of its words",
  string_reference: "A part of it could not be read and was left out",
  value_truncated: "A value was too long for its column and is shortened there",
  value_unreadable: "A value could not be read and was left empty",
};

/** What is odd, in words; what nobody has to know is left out. */
export const oddities = (flags: readonly string[] = []): string[] => flags.flatMap((flag) => ODD[flag] ?? []);

/** Whether something went wrong. */
export const isFailure = (status: string | undefined): boolean => status === "failure" || status === "timed_out";

/** The class that colours a status. */
export const statusClass = (status: string | undefined): string =>
  status !== undefined && Object.hasOwn(STATUSES, status) ? `st-${status}` : "st-unknown";

/** A version in few letters: a bare number gets a v. */
export const versionWord = (version: string): string => visible(/^\d/.test(version) ? `v${version}` : version);

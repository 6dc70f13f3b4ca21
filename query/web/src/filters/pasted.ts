// Identifiers as they are pasted: one, or several from a list, a table or a chat.

/** The identifiers of a text, each once. */
export function pasted(text: string): string[] {
  const parts = text.split(/[\s,;|]+/).map((part) => part.replace(/^["'`<([{]+|["'`>)\]}]+$/g, ""));
  return [...new Set(parts.filter((part) => part !== ""))];
}

import type { Message } from "../core/message.ts";

/** The messages with more said to the model: in their system message, or in one before them. */
export function withSystemPrompt(messages: readonly Message[], prompt: string): readonly Message[] {
  const [first, ...rest] = messages;
  if (first?.role !== "system") return [{ role: "system", content: prompt }, ...messages];
  return [{ ...first, content: `${first.content}\n\n${prompt}` }, ...rest];
}

import type { ChatRequest, CompletionRequest } from "../../core/request.ts";

/** A prompt of so few characters is not measured: it fits, or the server refuses it. */
const shortPrompt = 1_000;

/** Whether a prompt is text alone, and little of it. */
export function isShort(request: ChatRequest | CompletionRequest): boolean {
  if (request.kind === "completion") return request.prompt.length <= shortPrompt;
  let length = 0;
  for (const { content } of request.messages) {
    if (typeof content !== "string") return false;
    length += content.length;
  }
  return length <= shortPrompt;
}

import type { Message } from "../core/message.ts";
import type { ChatRequest } from "../core/request.ts";
import type { Warning } from "../core/result.ts";

/** A request whose form is asked of the model, in the system prompt. */
export function promptedRequest(request: ChatRequest, wanted: string): ChatRequest {
  const told = `Answer with ${wanted}.`;
  const [first, ...others] = request.messages;
  const messages: readonly Message[] =
    first?.role === "system" && typeof first.content === "string"
      ? [{ ...first, content: `${first.content}\n\n${told}` }, ...others]
      : [{ role: "system", content: told }, ...request.messages];
  return { ...request, messages };
}

/** What the caller must know of an output that no server enforced. */
export const promptedWarning: Warning = {
  option: "output",
  message: "The model was asked for the form of the answer and not held to it.",
};

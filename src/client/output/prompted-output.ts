import type { ChatRequest } from "../../core/request.ts";
import type { Warning } from "../../core/result.ts";
import { withSystemPrompt } from "../system-prompt.ts";

/** A request whose form is asked of the model, in the system prompt. */
export function promptedRequest(request: ChatRequest, wanted: string): ChatRequest {
  return { ...request, messages: withSystemPrompt(request.messages, `Answer with ${wanted}.`) };
}

/** What the caller must know of an output that no server enforced. */
export const promptedWarning: Warning = {
  option: "output",
  message: "The model was asked for the form of the answer and not held to it.",
};

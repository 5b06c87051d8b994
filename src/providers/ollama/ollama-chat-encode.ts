import type { ChatRequest, ReasoningEffort } from "../../core/request.ts";
import type { Base64Value } from "../../http/base64-value.ts";
import type { WireRequest } from "../../http/wire-request.ts";
import { ollamaDecoder } from "./ollama-decode.ts";
import { encodeGeneration, unsupported } from "./ollama-generation.ts";
import { encodeMessages } from "./ollama-messages.ts";

/** Writes a chat request for `/api/chat`. What few chats need is loaded for those. */
export async function encodeOllamaChat(request: ChatRequest): Promise<WireRequest> {
  const { body, extras, framing, logprobs, text, warnings, includeRaw } = await encodeGeneration(request);
  const tools = request.tools ? (await import("./ollama-tools.ts")).encodeTools(request, warnings) : [];
  const offered = tools.length > 0;
  const files: Base64Value[] = [];
  return {
    path: "/api/chat",
    body: {
      ...body,
      messages: encodeMessages(request.messages, warnings, files),
      ...(offered ? { tools } : {}),
      think: thinkOf(request),
      ...extras,
    },
    files,
    framing,
    decoder: ollamaDecoder({
      route: "chat",
      toolCalls: offered ? (await import("./ollama-tool-calls.ts")).decodeToolCalls : undefined,
      logprobs,
      text,
    }),
    warnings,
    model: request.model,
    includeRaw,
  };
}

function thinkOf({ reasoning }: ChatRequest): boolean | ReasoningEffort | undefined {
  if (typeof reasoning !== "object") return reasoning;
  throw unsupported("budget for thinking", 'Ask for "low", "medium" or "high".');
}

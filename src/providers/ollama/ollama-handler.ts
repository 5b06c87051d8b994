import type { Handler } from "../../core/handler.ts";
import type { ModelRequest } from "../../core/request.ts";
import type { Endpoint } from "../../http/endpoint.ts";
import { converse } from "../../http/protocol.ts";
import type { WireRequest } from "../../http/wire-request.ts";
import { encodeOllamaChat } from "./ollama-chat-encode.ts";

/** Answers requests by one Ollama. */
export function ollamaHandler(endpoint: Endpoint): Handler {
  async function encode(request: ModelRequest): Promise<WireRequest> {
    if (request.kind === "chat") return encodeOllamaChat(request);
    return (await import("./ollama-encode.ts")).encodeOllama(request); // a program that only chats does without
  }
  return (request, context) => converse(endpoint, encode, request, context);
}

import type { Handler } from "../../core/handler.ts";
import type { ModelRequest } from "../../core/request.ts";
import type { Endpoint } from "../../http/endpoint.ts";
import { converse } from "../../http/protocol.ts";
import type { WireRequest } from "../../http/wire-request.ts";
import { encodeChat } from "./openai-chat-encode.ts";
import type { Dialect } from "./openai-dialect.ts";

/** Answers requests by a server that speaks the OpenAI protocol in this dialect. */
export function openaiHandler(endpoint: Endpoint, dialect: Dialect): Handler {
  const { provider } = endpoint;
  async function encode(request: ModelRequest): Promise<WireRequest> {
    const encoding = { provider, dialect, extras: request.providerOptions?.[provider] ?? {} };
    if (request.kind === "chat") return encodeChat(request, encoding);
    const { encodeOpenAI } = await import("./openai-encode.ts"); // a program that only chats does without
    return encodeOpenAI(request, encoding);
  }
  return (request, context) => converse(endpoint, encode, request, context);
}

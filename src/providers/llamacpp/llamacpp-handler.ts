import type { CallContext, Handler } from "../../core/handler.ts";
import type { ModelRequest } from "../../core/request.ts";
import type { Endpoint } from "../../http/endpoint.ts";
import { converse } from "../../http/protocol.ts";
import type { WireRequest } from "../../http/wire-request.ts";
import { encodeChat } from "../openai-compatible/openai-chat-encode.ts";
import { llamacppEncoding } from "./llamacpp-encoding.ts";

/** Answers requests by one llama-server. */
export function llamacppHandler(endpoint: Endpoint): Handler {
  async function encode(asked: ModelRequest, context: CallContext): Promise<WireRequest> {
    const request = asked.providerOptions?.["llamacpp"]?.["lora"] === undefined ? asked : await withIds(asked, context);
    if (request.kind === "chat") return encodeChat(request, await llamacppEncoding(request));
    const { encodeLlamacpp } = await import("./llamacpp-encode.ts"); // a program that only chats does without
    if (request.kind !== "tokenization" || !request.messages) return encodeLlamacpp(request);
    const { applyTemplate } = await import("./llamacpp-introspection.ts");
    return encodeLlamacpp({ ...request, text: await applyTemplate(endpoint, request.messages, context.signal) });
  }
  async function withIds(request: ModelRequest, { signal }: CallContext): Promise<ModelRequest> {
    const { withAdapterIds } = await import("./llamacpp-adapters.ts");
    return await withAdapterIds(endpoint, request, signal);
  }
  return (request, context) => converse(endpoint, encode, request, context);
}

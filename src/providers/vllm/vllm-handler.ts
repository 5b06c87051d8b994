import { deferred } from "../../core/deferred.ts";
import type { Handler } from "../../core/handler.ts";
import type { ModelRequest } from "../../core/request.ts";
import type { Endpoint } from "../../http/endpoint.ts";
import { converse } from "../../http/protocol.ts";
import type { WireRequest } from "../../http/wire-request.ts";
import { encodeChat } from "../openai-compatible/openai-chat-encode.ts";
import { vllmEncoding } from "./vllm-encoding.ts";

/** Answers requests by one vLLM. */
export function vllmHandler(endpoint: Endpoint): Handler {
  async function encode(request: ModelRequest): Promise<WireRequest> {
    if (request.kind === "chat") return encodeChat(request, await vllmEncoding(request));
    const { encodeVllm } = await import("./vllm-encode.ts"); // a program that only chats does without
    return encodeVllm(request);
  }
  const send: Handler = (request, context) => converse(endpoint, encode, request, context);
  return (request, context) =>
    request.kind === "transcription" && request.timestamps !== undefined
      ? deferred(async () => (await import("./vllm-timed-transcription.ts")).timedTranscription(send, request, context))
      : send(request, context);
}

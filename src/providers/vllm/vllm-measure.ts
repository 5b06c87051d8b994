import type { PromptSize } from "../../core/provider.ts";
import type { ChatRequest, CompletionRequest } from "../../core/request.ts";
import { askJson, type Endpoint } from "../../http/endpoint.ts";
import { numbersOf, objectOf } from "../../http/json.ts";
import { encodeChat } from "../openai-compatible/openai-chat-encode.ts";
import type { BodyFields } from "../openai-compatible/openai-dialect.ts";
import { introspection } from "../openai-compatible/openai-models.ts";
import { vllmEncoding } from "./vllm-encoding.ts";

/** What `/tokenize` takes of a chat (0.32.0). */
const ofChat = [
  "model",
  "messages",
  "tools",
  "add_generation_prompt",
  "continue_final_message",
  "add_special_tokens",
  "chat_template",
  "media_io_kwargs",
  "mm_processor_kwargs",
];

/** How long a prompt is by vLLM's own count, and the window, in one request: `/tokenize` takes conversations with tools. */
export async function measureVllm(
  endpoint: Endpoint,
  request: ChatRequest | CompletionRequest,
  signal?: AbortSignal,
): Promise<PromptSize> {
  const body = request.kind === "chat" ? await chatBody(request) : await textBody(request);
  if (body["truncate_prompt_tokens"] !== undefined) return { mayBeCut: true };
  if (!("messages" in body) && !("prompt" in body)) return {};
  const question = { method: "POST", path: "/tokenize", body, signal, timeouts: introspection } as const;
  const reply = objectOf(await askJson(endpoint, question));
  return numbersOf(reply, { promptTokens: "count", contextLength: "max_model_len" });
}

async function chatBody(request: ChatRequest): Promise<BodyFields> {
  const { body } = await encodeChat(request, await vllmEncoding(request));
  const sent = objectOf(body);
  if (sent["truncate_prompt_tokens"] !== undefined) return { truncate_prompt_tokens: sent["truncate_prompt_tokens"] };
  if (request.messages.some(({ content }) => typeof content !== "string")) return {}; // a picture counts as one token there
  const effort = sent["reasoning_effort"];
  const kwargs = {
    ...(effort === undefined ? {} : { reasoning_effort: effort, enable_thinking: effort !== "none" }),
    ...objectOf(sent["chat_template_kwargs"]),
  };
  return {
    ...Object.fromEntries(ofChat.filter((name) => sent[name] !== undefined).map((name) => [name, sent[name]])),
    ...(Object.keys(kwargs).length > 0 ? { chat_template_kwargs: kwargs } : {}),
  };
}

async function textBody(request: CompletionRequest): Promise<BodyFields> {
  const { model, prompt, suffix } = request;
  const { extras } = await vllmEncoding(request);
  const { truncate_prompt_tokens: cut, add_special_tokens: special = true } = extras;
  if (cut !== undefined) return { truncate_prompt_tokens: cut };
  return suffix === undefined && typeof prompt === "string" ? { model, prompt, add_special_tokens: special } : {};
}

import type { PromptSize } from "../../core/provider.ts";
import type { ChatRequest, CompletionRequest } from "../../core/request.ts";
import { askJson, type Endpoint } from "../../http/endpoint.ts";
import { arrayOf, numberOf, objectOf } from "../../http/json.ts";
import { encodeChat } from "../openai-compatible/openai-chat-encode.ts";
import { introspection } from "../openai-compatible/openai-models.ts";
import { llamacppEncoding } from "./llamacpp-encoding.ts";

/**
 * How long a prompt is by llama-server's own count, in one request: `/v1/chat/completions/input_tokens` takes what the
 * chat itself takes, its tools and template variables too (b11434). The window is told by `describe()`.
 */
export async function measureLlamacpp(
  endpoint: Endpoint,
  request: ChatRequest | CompletionRequest,
  signal?: AbortSignal,
): Promise<PromptSize> {
  const promptTokens =
    request.kind === "chat" ? await chatTokens(endpoint, request, signal) : await textTokens(endpoint, request, signal);
  return promptTokens === undefined ? {} : { promptTokens };
}

async function chatTokens(endpoint: Endpoint, request: ChatRequest, signal?: AbortSignal): Promise<number | undefined> {
  if (request.messages.some(({ content }) => typeof content !== "string")) return undefined; // pictures would travel twice
  const { path, body } = await encodeChat(request, await llamacppEncoding(request));
  const question = { method: "POST", path: `${path}/input_tokens`, body, signal, timeouts: introspection } as const;
  return numberOf(objectOf(await askJson(endpoint, question))["input_tokens"]);
}

async function textTokens(
  endpoint: Endpoint,
  { model, prompt, suffix }: CompletionRequest,
  signal?: AbortSignal,
): Promise<number | undefined> {
  if (suffix !== undefined) return undefined;
  if (typeof prompt !== "string") return prompt.length;
  const body = { model, content: prompt, add_special: true };
  const question = { method: "POST", path: "/tokenize", body, signal, timeouts: introspection } as const;
  return arrayOf(objectOf(await askJson(endpoint, question))["tokens"]).length;
}

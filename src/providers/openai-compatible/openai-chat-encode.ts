import type { ChatRequest } from "../../core/request.ts";
import type { WireRequest } from "../../http/wire-request.ts";
import { chatDecoder } from "./openai-chat-decode.ts";
import { openaiReasoning } from "./openai-dialect.ts";
import { encodeForm, encodeGeneration, pathOf, unsupported, type OpenAIEncoding } from "./openai-generation.ts";
import { encodeMessages } from "./openai-messages.ts";

/** Writes a chat request in the OpenAI protocol, as a dialect has it. What few chats need is loaded for those. */
export async function encodeChat(request: ChatRequest, encoding: OpenAIEncoding): Promise<WireRequest> {
  const { provider, dialect, extras } = encoding;
  const { model, messages, tools, toolChoice, reasoning, n: choices = 1 } = request;
  const body: Record<string, unknown> = { model, messages: encodeMessages(messages, dialect) };
  if (tools) Object.assign(body, (await import("./openai-tools.ts")).encodeTools(tools, toolChoice, dialect));
  const form = request.responseFormat && (await encodeForm(request, encoding));
  const { streams, framing, warnings, top, promptTop, includeRaw } = encodeGeneration(request, encoding, body, form);
  if (reasoning !== undefined) {
    if (!dialect.reasoning) throw unsupported(encoding, "switch for thinking");
    Object.assign(body, dialect.reasoning(reasoning));
    if (dialect.reasoning === openaiReasoning) {
      warnings.push({ option: "reasoning", message: `It is not known whether ${provider} heeds it.` });
    }
  }
  const last = messages.at(-1);
  if (last?.role === "assistant") Object.assign(body, dialect.prefillExtras);
  if (streams) Object.assign(body, dialect.streamExtras);
  Object.assign(body, extras);
  const decoder = chatDecoder({
    dialect,
    choices,
    prefill: dialect.echoesPrefill && last?.role === "assistant" ? last.content : "",
    toolCalls: tools && (await import("./openai-tool-calls.ts")).toolCallAssembler,
    logprobs: top === undefined ? undefined : (await import("./openai-logprobs.ts")).chatLogprobs(top),
    promptLogprobs:
      promptTop === undefined ? undefined : (await import("./openai-prompt-logprobs.ts")).promptLogprobs(promptTop),
  });
  return { path: pathOf(encoding, "chat"), body, framing, decoder, warnings, model, includeRaw };
}

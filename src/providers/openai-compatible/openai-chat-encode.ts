import type { ChatRequest, Reasoning } from "../../core/request.ts";
import type { Base64Value } from "../../http/base64-value.ts";
import { isObject } from "../../http/json.ts";
import type { WireRequest } from "../../http/wire-request.ts";
import { chatDecoder } from "./openai-chat-decode.ts";
import { openaiReasoning, type BodyFields } from "./openai-dialect.ts";
import { encodeForm, encodeGeneration, pathOf, unsupported, type OpenAIEncoding } from "./openai-generation.ts";
import { encodeMessages } from "./openai-messages.ts";

/** Writes a chat request in the OpenAI protocol, as a dialect has it. What few chats need is loaded for those. */
export async function encodeChat(request: ChatRequest, encoding: OpenAIEncoding): Promise<WireRequest> {
  const { provider, dialect, extras } = encoding;
  const { model, messages, tools, toolChoice, reasoning, n: choices = 1 } = request;
  const files: Base64Value[] = [];
  const body: Record<string, unknown> = { model, messages: encodeMessages(messages, dialect, files) };
  const offered = tools && (await import("./openai-tools.ts")).encodeTools(tools, toolChoice, dialect);
  if (offered) Object.assign(body, offered.fields);
  const form = request.responseFormat && (await encodeForm(request, encoding));
  const { streams, framing, warnings, top, promptTop, includeRaw } = encodeGeneration(request, encoding, body, form);
  if (offered) warnings.push(...offered.warnings);
  if (reasoning !== undefined) {
    Object.assign(body, reasoningFields(reasoning, encoding));
    if (dialect.reasoning === openaiReasoning) {
      warnings.push({ option: "reasoning", message: `It is not known whether ${provider} heeds it.` });
    }
  }
  const last = messages.at(-1);
  if (last?.role === "assistant") Object.assign(body, dialect.prefillExtras);
  if (streams) Object.assign(body, dialect.streamExtras);
  const { chat_template_kwargs: variables } = body;
  Object.assign(body, extras);
  // What the caller sets of the template does not undo what the call sets, such as thinking.
  const own = extras["chat_template_kwargs"];
  if (isObject(variables) && isObject(own)) body["chat_template_kwargs"] = { ...variables, ...own };
  const decoder = chatDecoder({
    dialect,
    choices,
    opened: dialect.reasoningTags === "opened" && thinksFirst(request),
    prefill: dialect.echoesPrefill && last?.role === "assistant" ? last.content : "",
    toolCalls: tools && (await import("./openai-tool-calls.ts")).toolCallAssembler,
    logprobs: top === undefined ? undefined : (await import("./openai-logprobs.ts")).chatLogprobs(top),
    promptLogprobs:
      promptTop === undefined ? undefined : (await import("./openai-prompt-logprobs.ts")).promptLogprobs(promptTop),
  });
  return { path: pathOf(encoding, "chat"), body, files, framing, decoder, warnings, model, includeRaw };
}

/**
 * Whether nothing keeps an answer from beginning with thinking: neither the call, nor a form that holds from the first token
 * on, nor a beginning of the answer that the caller wrote.
 */
const thinksFirst = ({ reasoning, responseFormat, sampling, messages }: ChatRequest): boolean =>
  reasoning !== false && !responseFormat && sampling.grammar === undefined && messages.at(-1)?.role !== "assistant";

function reasoningFields(reasoning: Reasoning, encoding: OpenAIEncoding): BodyFields {
  const { reasoning: write, reasoningBudget: bound } = encoding.dialect;
  if (typeof reasoning !== "object") {
    if (!write) throw unsupported(encoding, "switch for thinking");
    return write(reasoning);
  }
  if (!bound) throw unsupported(encoding, "budget for thinking");
  return bound(reasoning.maxTokens);
}

import { checkOptions } from "../core/check-options.ts";
import type { ChatRequest, CompletionRequest, ContextPolicy, Reasoning } from "../core/request.ts";
import type { ResponseFormat } from "../core/response-format.ts";
import type { NumberRange } from "../core/sampling.ts";
import { checkBoolean, checkList, checkNumber, checkObject, checkString, wrong } from "./check.ts";
import type { CallOptions, ChatInput, CompletionInput } from "./inputs.ts";
import { normalizeMessages } from "./normalize-messages.ts";
import { normalizeSampling, samplingKeys } from "./normalize-sampling.ts";
import { checkToolStrategy, normalizeTools } from "./tools/normalize-tools.ts";

/** The keys of each input, held complete by the compiler. */
export type Keys<Input> = Record<keyof Input, unknown>;
/** The keys of every call. */
export const callKeys: Keys<CallOptions> = {
  signal: true,
  timeout: true,
  maxRetries: true,
  priority: true,
  tags: true,
  headers: true,
  model: true,
  providerOptions: true,
};
const generationKeys = {
  ...callKeys,
  ...samplingKeys,
  n: true,
  logprobs: true,
  promptLogprobs: true,
  responseFormat: true,
  includeRaw: true,
} as const;
/** The keys of `chat()`. */
export const chatKeys: Keys<ChatInput> = {
  ...generationKeys,
  messages: true,
  tools: true,
  toolChoice: true,
  toolStrategy: true,
  reasoning: true,
  context: true,
  media: true,
};
const completionKeys: Keys<CompletionInput> = { ...generationKeys, prompt: true, suffix: true };

/** A chat request out of the caller's input; throws `invalid-request` before a byte is sent. */
export function normalizeChat(input: ChatInput, stream: boolean): ChatRequest {
  checkOptions(stream ? "stream" : "chat", input, chatKeys);
  const tools = normalizeTools(input.tools, input.toolChoice);
  return Object.freeze({
    kind: "chat",
    ...base(input),
    ...generation(input, stream),
    messages: normalizeMessages(input.messages),
    ...(tools.length > 0 ? { tools } : {}),
    ...(input.toolChoice === undefined ? {} : { toolChoice: input.toolChoice }),
    ...(input.toolStrategy === undefined ? {} : { toolStrategy: checkToolStrategy(input.toolStrategy) }),
    ...(input.reasoning === undefined ? {} : { reasoning: reasoningOf(input.reasoning) }),
    ...(input.context === undefined ? {} : { context: contextOf(input.context) }),
    ...(input.media === undefined ? {} : { media: input.media }),
  });
}

/** A completion request out of the caller's input. */
export function normalizeCompletion(input: CompletionInput, stream: boolean): CompletionRequest {
  checkOptions(stream ? "stream" : "complete", input, completionKeys);
  const { prompt, suffix } = input;
  return Object.freeze({
    kind: "completion",
    ...base(input),
    ...generation(input, stream),
    prompt: typeof prompt === "string" ? prompt : tokensOf("prompt", prompt),
    ...(suffix === undefined ? {} : { suffix: checkString("suffix", suffix) }),
  });
}

/** What every request takes from its input. */
export function base({ model, providerOptions }: CallOptions) {
  return {
    ...(model === undefined ? {} : { model: modelName(model) }),
    ...(providerOptions === undefined ? {} : { providerOptions: checkProviderOptions(providerOptions) }),
  };
}

/** A model's name, which may end up in a path or a query. */
export function modelName(value: unknown): string {
  const name = checkString("model", value);
  if (name === "" || /\p{Cc}/u.test(name)) throw wrong("model", "the name is empty or has control characters");
  return name;
}

function checkProviderOptions(value: NonNullable<CallOptions["providerOptions"]>) {
  for (const [name, options] of Object.entries(checkObject("providerOptions", value))) {
    checkObject(`providerOptions.${name}`, options);
  }
  return value;
}

function generation(input: ChatInput | CompletionInput, stream: boolean) {
  const { n, logprobs, promptLogprobs, responseFormat, includeRaw } = input;
  return {
    sampling: normalizeSampling(input),
    stream,
    ...optionalNumber("n", n, { min: 1, max: 128, integer: true }),
    ...(logprobs === undefined ? {} : { logprobs: logprobsOf("logprobs", logprobs) }),
    ...(promptLogprobs === undefined ? {} : { promptLogprobs: logprobsOf("promptLogprobs", promptLogprobs) }),
    ...(responseFormat === undefined ? {} : { responseFormat: responseFormatOf(responseFormat) }),
    ...(includeRaw === undefined ? {} : { includeRaw: checkBoolean("includeRaw", includeRaw) }),
  };
}

function logprobsOf(place: string, value: unknown): boolean | number {
  return typeof value === "boolean" ? value : checkNumber(place, value, { min: 0, max: 100, integer: true });
}

function responseFormatOf(value: ResponseFormat): ResponseFormat {
  const { type, schema, name, options, pattern, grammar, syntax } = checkObject("responseFormat", value);
  if (type === "json-schema") checkObject("responseFormat.schema", schema);
  else if (type === "choice") {
    const texts = checkList("responseFormat.options", options);
    for (const text of texts)
      if (checkString("responseFormat.options", text) === "") throw wrong("responseFormat.options", "one is empty");
    if (texts.length === 0) throw wrong("responseFormat.options", "the list is empty");
  } else if (type === "regex") checkString("responseFormat.pattern", pattern);
  else if (type === "grammar") {
    if (checkString("responseFormat.grammar", grammar).trim() === "")
      throw wrong("responseFormat.grammar", "it is empty");
    if (syntax !== "gbnf" && syntax !== "lark") throw wrong("responseFormat.syntax", "expected gbnf or lark");
  } else if (type !== "json") {
    throw wrong("responseFormat.type", "expected json, json-schema, choice, regex or grammar");
  }
  if (name !== undefined) checkString("responseFormat.name", name);
  return value;
}

function reasoningOf(value: Reasoning): Reasoning {
  if (typeof value === "boolean" || value === "low" || value === "medium" || value === "high") return value;
  if (typeof value !== "object" || value === null) {
    throw wrong("reasoning", "expected true, false, low, medium, high or { maxTokens }");
  }
  checkOptions("reasoning", value, { maxTokens: true });
  return { maxTokens: checkNumber("reasoning.maxTokens", value.maxTokens, { min: 1, integer: true }) };
}

function contextOf(value: ContextPolicy): ContextPolicy {
  if (value === "refuse" || value === "trim") return value;
  throw wrong("context", "expected refuse or trim");
}

/** A list of token ids. */
export function tokensOf(place: string, value: unknown): readonly number[] {
  const tokens = checkList(place, value);
  for (const [index, token] of tokens.entries()) {
    checkNumber(`${place}[${index}]`, token, { min: 0, integer: true });
  }
  return tokens as readonly number[];
}

/** An option that may be absent, as a number within its range. */
export function optionalNumber<Name extends string>(
  name: Name,
  value: unknown,
  range: NumberRange,
): { [name in Name]?: number } {
  return value === undefined ? {} : ({ [name]: checkNumber(name, value, range) } as { [name in Name]: number });
}

import { checkOptions } from "../core/check-options.ts";
import type {
  ChatRequest,
  CompletionRequest,
  DetokenizationRequest,
  EmbeddingRequest,
  RerankRequest,
  TokenizationRequest,
} from "../core/request.ts";
import type { NumberRange } from "../core/sampling.ts";
import { checkBoolean, checkList, checkNumber, checkObject, checkString, checkStrings, wrong } from "./check.ts";
import type {
  CallOptions,
  ChatInput,
  CompletionInput,
  DetokenizationInput,
  EmbeddingInput,
  RerankInput,
  TokenizationInput,
} from "./inputs.ts";
import { normalizeMessages } from "./normalize-messages.ts";
import { normalizeSampling, samplingKeys } from "./normalize-sampling.ts";
import { normalizeTools } from "./normalize-tools.ts";

/** The keys of each input, held complete by the compiler. */
type Keys<Input> = Record<keyof Input, true>;
const callKeys: Keys<CallOptions> = {
  signal: true,
  timeout: true,
  maxRetries: true,
  tags: true,
  model: true,
  providerOptions: true,
};
const generationKeys = { ...callKeys, ...samplingKeys, n: true, logprobs: true, includeRaw: true } as const;
const chatKeys: Keys<ChatInput> = { ...generationKeys, messages: true, tools: true, toolChoice: true };
const completionKeys: Keys<CompletionInput> = { ...generationKeys, prompt: true, suffix: true };
const embeddingKeys: Keys<EmbeddingInput> = {
  ...callKeys,
  input: true,
  dimensions: true,
  batchSize: true,
  concurrency: true,
};
const rerankKeys: Keys<RerankInput> = { ...callKeys, query: true, documents: true, topN: true };
const tokenizationKeys: Keys<TokenizationInput> = { ...callKeys, text: true, addSpecial: true, withPieces: true };
const detokenizationKeys: Keys<DetokenizationInput> = { ...callKeys, tokens: true };

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

/** An embedding request for all inputs; the client cuts it into batches. */
export function normalizeEmbedding(input: EmbeddingInput): EmbeddingRequest {
  checkOptions("embed", input, embeddingKeys);
  const inputs = typeof input.input === "string" ? [input.input] : checkStrings("input", input.input);
  const empty = inputs.indexOf("");
  if (empty >= 0) throw wrong(`input[${empty}]`, "an empty text has no vector");
  if (inputs.length === 0) throw wrong("input", "the list is empty");
  return Object.freeze({
    kind: "embedding",
    ...base(input),
    inputs,
    ...optionalNumber("dimensions", input.dimensions, { min: 1, integer: true }),
  });
}

/** A rerank request out of the caller's input. */
export function normalizeRerank(input: RerankInput): RerankRequest {
  checkOptions("rerank", input, rerankKeys);
  const documents = checkStrings("documents", input.documents);
  if (documents.length === 0) throw wrong("documents", "the list is empty");
  return Object.freeze({
    kind: "rerank",
    ...base(input),
    query: checkString("query", input.query),
    documents,
    ...optionalNumber("topN", input.topN, { min: 1, integer: true }),
  });
}

/** A tokenization request out of the caller's input. */
export function normalizeTokenization(input: TokenizationInput): TokenizationRequest {
  checkOptions("tokenize", input, tokenizationKeys);
  const { addSpecial, withPieces } = input;
  return Object.freeze({
    kind: "tokenization",
    ...base(input),
    text: checkString("text", input.text),
    ...(addSpecial === undefined ? {} : { addSpecial: checkBoolean("addSpecial", addSpecial) }),
    ...(withPieces === undefined ? {} : { withPieces: checkBoolean("withPieces", withPieces) }),
  });
}

/** A detokenization request out of the caller's input. */
export function normalizeDetokenization(input: DetokenizationInput): DetokenizationRequest {
  checkOptions("detokenize", input, detokenizationKeys);
  return Object.freeze({ kind: "detokenization", ...base(input), tokens: tokensOf("tokens", input.tokens) });
}

function base({ model, providerOptions }: CallOptions) {
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
  const { n, logprobs, includeRaw } = input;
  return {
    sampling: normalizeSampling(input),
    stream,
    ...optionalNumber("n", n, { min: 1, max: 128, integer: true }),
    ...(logprobs === undefined ? {} : { logprobs: logprobsOf(logprobs) }),
    ...(includeRaw === undefined ? {} : { includeRaw: checkBoolean("includeRaw", includeRaw) }),
  };
}

function logprobsOf(value: unknown): boolean | number {
  return typeof value === "boolean" ? value : checkNumber("logprobs", value, { min: 0, max: 100, integer: true });
}

function tokensOf(place: string, value: unknown): readonly number[] {
  const tokens = checkList(place, value);
  for (const [index, token] of tokens.entries()) {
    checkNumber(`${place}[${index}]`, token, { min: 0, integer: true });
  }
  return tokens as readonly number[];
}

function optionalNumber<Name extends string>(
  name: Name,
  value: unknown,
  range: NumberRange,
): { [name in Name]?: number } {
  return value === undefined ? {} : ({ [name]: checkNumber(name, value, range) } as { [name in Name]: number });
}

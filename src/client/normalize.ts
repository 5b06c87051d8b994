import { checkOptions } from "../core/check-options.ts";
import type {
  ChatRequest,
  CompletionRequest,
  DetokenizationRequest,
  EmbeddingRequest,
  RerankRequest,
  TokenizationRequest,
} from "../core/request.ts";
import { samplingRanges, type NumberRange, type Sampling } from "../core/sampling.ts";
import type { ToolChoice, ToolDefinition } from "../core/tool.ts";
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
const samplingKeys: Keys<Sampling> = {
  ...(Object.fromEntries(Object.keys(samplingRanges).map((key) => [key, true])) as Keys<
    Pick<Sampling, keyof typeof samplingRanges>
  >),
  stop: true,
  drySequenceBreakers: true,
  samplers: true,
  logitBias: true,
  ignoreEos: true,
  grammar: true,
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
  const tools = input.tools === undefined ? undefined : checkList("tools", input.tools).map(toolOf);
  checkToolNames(tools, input.toolChoice);
  return Object.freeze({
    kind: "chat",
    ...base(input),
    ...generation(input, stream),
    messages: normalizeMessages(input.messages),
    ...(tools && tools.length > 0 ? { tools } : {}),
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
    sampling: sampling(input),
    stream,
    ...optionalNumber("n", n, { min: 1, max: 128, integer: true }),
    ...(logprobs === undefined ? {} : { logprobs: logprobsOf(logprobs) }),
    ...(includeRaw === undefined ? {} : { includeRaw: checkBoolean("includeRaw", includeRaw) }),
  };
}

function sampling(input: ChatInput | CompletionInput): Sampling {
  const checked: Record<string, unknown> = {};
  for (const [option, range] of Object.entries(samplingRanges)) {
    const value = input[option as keyof typeof samplingRanges];
    if (value !== undefined) checked[option] = checkNumber(option, value, range);
  }
  const { stop, drySequenceBreakers, samplers, logitBias, ignoreEos, grammar } = input;
  if (stop !== undefined) checked["stop"] = typeof stop === "string" ? [stop] : checkStrings("stop", stop);
  if (samplers !== undefined) checked["samplers"] = checkStrings("samplers", samplers);
  if (grammar !== undefined) checked["grammar"] = checkString("grammar", grammar);
  if (ignoreEos !== undefined) checked["ignoreEos"] = checkBoolean("ignoreEos", ignoreEos);
  if (drySequenceBreakers !== undefined) {
    checked["drySequenceBreakers"] = checkStrings("drySequenceBreakers", drySequenceBreakers);
  }
  if (logitBias !== undefined) {
    for (const [token, bias] of Object.entries(checkObject("logitBias", logitBias))) {
      checkNumber("logitBias: token id", Number(token), { min: 0, integer: true });
      checkNumber(`logitBias[${token}]`, bias, {});
    }
    checked["logitBias"] = logitBias;
  }
  return checked;
}

function logprobsOf(value: unknown): boolean | number {
  return typeof value === "boolean" ? value : checkNumber("logprobs", value, { min: 0, max: 100, integer: true });
}

function toolOf(value: unknown, index: number): ToolDefinition {
  const place = `tools[${index}]`;
  const tool = checkObject(place, value);
  const definition = tool["type"] === "function" ? checkObject(`${place}.function`, tool["function"]) : tool;
  const { name, description, parameters } = definition;
  if (!/^[\w-]{1,64}$/.test(checkString(`${place}.name`, name))) {
    throw wrong(`${place}.name`, "expected 1 to 64 letters, digits, _ and -");
  }
  return {
    name: checkString(`${place}.name`, name),
    ...(description === undefined ? {} : { description: checkString(`${place}.description`, description) }),
    ...(parameters === undefined ? {} : { parameters: checkObject(`${place}.parameters`, parameters) }),
  };
}

function checkToolNames(tools: readonly ToolDefinition[] = [], choice?: ToolChoice): void {
  const names = tools.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw wrong("tools", `two tools are named "${twice}"`);
  if (choice === undefined || choice === "auto" || choice === "none") return;
  if (choice !== "required" && typeof checkObject("toolChoice", choice)["name"] !== "string") {
    throw wrong("toolChoice", 'expected "auto", "none", "required" or { name }');
  }
  if (typeof choice === "object" && !names.includes(choice.name))
    throw wrong("toolChoice", `no tool is named "${choice.name}"`);
  if (names.length === 0) throw wrong("toolChoice", "there are no tools to choose from");
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

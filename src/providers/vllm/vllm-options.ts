import { checkOptions } from "../../core/check-options.ts";
import { InhouseError } from "../../core/error.ts";
import type { ModelRequest, RequestKind } from "../../core/request.ts";

/** A constraint that vLLM holds the answer to while it is generated: exactly one of the first five. */
export interface StructuredOutputs {
  /** JSON that fits this schema, given as an object or as its text. */
  readonly json?: Readonly<Record<string, unknown>> | string;
  /** Text that the regular expression matches as a whole. */
  readonly regex?: string;
  /** One of these texts. */
  readonly choice?: readonly string[];
  /** A grammar in the notation of the server's backend: EBNF with a rule `root` (xgrammar), or Lark (guidance). */
  readonly grammar?: string;
  /** Constraints that begin at a trigger in the text (xgrammar's structural tags), as an object or as its JSON. */
  readonly structuralTag?: Readonly<Record<string, unknown>> | string;
  /** JSON without white space between its tokens. Default false. */
  readonly disableAnyWhitespace?: boolean;
  /** Objects may not have properties that the schema does not name. Default false. */
  readonly disableAdditionalProperties?: boolean;
  /** A regular expression for the white space in JSON. Default: the backend's. */
  readonly whitespacePattern?: string;
}

/** What vLLM alone has, given as `providerOptions: { vllm: { … } }`; its own names, in camelCase (0.32.0). */
export interface VllmRequestOptions {
  /** Chat, completion: hold the answer to a constraint. */
  readonly structuredOutputs?: StructuredOutputs;
  /** Chat, completion: no end before this many tokens. Default 0. */
  readonly minTokens?: number;
  /** Chat, completion: tokens at which generation ends. */
  readonly stopTokenIds?: readonly number[];
  /** Chat, completion: the stop text stays in the answer. Default false. */
  readonly includeStopStrInOutput?: boolean;
  /** Chat, completion: leave special tokens out of the text. Default true. */
  readonly skipSpecialTokens?: boolean;
  /** Chat, completion: a space between special tokens. Default true. */
  readonly spacesBetweenSpecialTokens?: boolean;
  /** Chat, completion: the only tokens that may be generated. */
  readonly allowedTokenIds?: readonly number[];
  /** Chat, completion: texts that may not be generated. */
  readonly badWords?: readonly string[];
  /** Chat, completion: search `n` beams in place of sampling. Default false. */
  readonly useBeamSearch?: boolean;
  /** Chat, completion: with `useBeamSearch`, over 1 favours long answers. Default 1. */
  readonly lengthPenalty?: number;
  /** Chat, completion: end an answer that goes round in circles. */
  readonly repetitionDetection?: {
    readonly maxPatternSize: number;
    readonly minPatternSize?: number;
    readonly minCount: number;
  };
  /** Chat, completion: most tokens of thinking; -1 is no limit. Needs the server's `--reasoning-parser`. */
  readonly thinkingTokenBudget?: number;
  /** Chat, completion: with `logprobs`, the tokens whose log probabilities are wanted. */
  readonly logprobTokenIds?: readonly number[];
  /** Chat, completion: with `includeRaw`, the ids of the prompt's tokens and the answer's. Default false. */
  readonly returnTokenIds?: boolean;
  /** Chat, completion: with `logprobs`, write tokens as `token_id:…`. Default false. */
  readonly returnTokensAsTokenIds?: boolean;
  /** Chat, completion: tokens in one piece of a stream. Default: the server's `--stream-interval`. */
  readonly streamInterval?: number;
  /** Chat, completion: the new answer begins with the last message, or with the prompt. Default false. */
  readonly echo?: boolean;
  /** Chat, completion: names the conversation, for routers that keep one on one engine. */
  readonly sessionId?: string;
  /** Chat, completion: for servers that read prompts apart from generating. */
  readonly kvTransferParams?: Readonly<Record<string, unknown>>;
  /** Chat, completion: for servers that encode pictures apart from generating. */
  readonly ecTransferParams?: Readonly<Record<string, unknown>>;
  /** Chat, completion: parameters of the server's own extensions. */
  readonly vllmXargs?: Readonly<Record<string, unknown>>;
  /** Chat, tokenization: open a new answer at the end of the prompt. Default true, false after a prefill. */
  readonly addGenerationPrompt?: boolean;
  /** Chat, tokenization: leave the last message open. Default false, true for a prefill. */
  readonly continueFinalMessage?: boolean;
  /** Chat, tokenization: a Jinja template in place of the model's. Needs `--trust-request-chat-template`. */
  readonly chatTemplate?: string;
  /** Chat, tokenization, rerank: variables of the chat template, such as `{ enable_thinking: false }`. */
  readonly chatTemplateKwargs?: Readonly<Record<string, unknown>>;
  /** Chat, tokenization: how media are read, by modality. Needs `--trust-request-mm-kwargs`. */
  readonly mediaIoKwargs?: Readonly<Record<string, unknown>>;
  /** All but completion and detokenization: for the model's own processor of media. Needs `--trust-request-mm-kwargs`. */
  readonly mmProcessorKwargs?: Readonly<Record<string, unknown>>;
  /** Chat: documents for a template that takes them, such as `[{ title, text }]`. */
  readonly documents?: readonly Readonly<Record<string, string>>[];
  /** Chat: deliver the model's thinking. Default true. */
  readonly includeReasoning?: boolean;
  /** Chat: several tool calls in one answer. Default true. */
  readonly parallelToolCalls?: boolean;
  /** Chat: hold the arguments of tool calls to their schema. Default true; off for schemas that the server refuses. */
  readonly strictTools?: boolean;
  /**
   * Chat: the model's chat template writes the opening `<think>` itself, and vLLM runs without its `--reasoning-parser`, so
   * that an answer begins inside the thinking: split it off here. Default false.
   */
  readonly thinkingOpened?: boolean;
  /** Chat: with `includeRaw`, the prompt as the template made it. Default false. */
  readonly returnPromptText?: boolean;
  /** All but tokens and text: cut the prompt to this many tokens; -1 is what fits. Default: a prompt too long is refused. */
  readonly truncatePromptTokens?: number;
  /** Which end `truncatePromptTokens` cuts off. Default: the tokenizer's own. */
  readonly truncationSide?: "left" | "right";
  /** All but tokens and text: lower goes first. Other than 0 needs `--scheduling-policy priority`. Default 0. */
  readonly priority?: number;
  /** All but tokens and text: only requests of the same salt share the prefix cache. At most 128 characters. */
  readonly cacheSalt?: string;
  /** Chat, completion, embedding, classification: add the tokens that open a sequence. Default: false for chat, else true. */
  readonly addSpecialTokens?: boolean;
  /** Embedding, rerank, classification: normalize vectors, make probabilities of scores. Default: the model's. */
  readonly useActivation?: boolean;
  /** Rerank: an instruction for models that take one. */
  readonly instruction?: string;
  /** Rerank: cut the query to this many tokens. Default 0, off. */
  readonly maxTokensPerQuery?: number;
  /** Rerank: cut each document to this many tokens. Default 0, off. */
  readonly maxTokensPerDoc?: number;
}

const generation = ["chat", "completion"] as const;
const template = ["chat", "tokenization"] as const;
const pooling = ["embedding", "rerank", "classification"] as const;

/** For which requests each option means something. */
const kinds: Readonly<Record<keyof VllmRequestOptions, readonly RequestKind[]>> = {
  structuredOutputs: generation,
  minTokens: generation,
  stopTokenIds: generation,
  includeStopStrInOutput: generation,
  skipSpecialTokens: generation,
  spacesBetweenSpecialTokens: generation,
  allowedTokenIds: generation,
  badWords: generation,
  useBeamSearch: generation,
  lengthPenalty: generation,
  repetitionDetection: generation,
  thinkingTokenBudget: generation,
  logprobTokenIds: generation,
  returnTokenIds: generation,
  returnTokensAsTokenIds: generation,
  streamInterval: generation,
  echo: generation,
  sessionId: generation,
  kvTransferParams: generation,
  ecTransferParams: generation,
  vllmXargs: generation,
  addGenerationPrompt: template,
  continueFinalMessage: template,
  chatTemplate: template,
  chatTemplateKwargs: [...template, "rerank"],
  mediaIoKwargs: template,
  mmProcessorKwargs: [...template, ...pooling],
  documents: ["chat"],
  includeReasoning: ["chat"],
  parallelToolCalls: ["chat"],
  strictTools: ["chat"],
  thinkingOpened: ["chat"],
  returnPromptText: ["chat"],
  truncatePromptTokens: [...generation, ...pooling],
  truncationSide: [...generation, ...pooling],
  priority: [...generation, ...pooling],
  cacheSalt: [...generation, ...pooling],
  addSpecialTokens: [...generation, "embedding", "classification"],
  useActivation: pooling,
  instruction: ["rerank"],
  maxTokensPerQuery: ["rerank"],
  maxTokensPerDoc: ["rerank"],
};

/** The options that are objects with names of ours, which vLLM would drop in silence where they are misspelt. */
const nested = {
  structuredOutputs: {
    json: 1,
    regex: 1,
    choice: 1,
    grammar: 1,
    structuralTag: 1,
    disableAnyWhitespace: 1,
    disableAdditionalProperties: 1,
    whitespacePattern: 1,
  } satisfies Record<keyof StructuredOutputs, 1>,
  repetitionDetection: { maxPatternSize: 1, minPatternSize: 1, minCount: 1 },
};

/** What is heeded here and not sent. */
const ours = new Set(["strictTools", "thinkingOpened"]);

/** The body's keys for `providerOptions.vllm`; throws `invalid-request` for one that does not apply to the request. */
export function encodeVllmOptions(
  options: Readonly<Record<string, unknown>>,
  request: ModelRequest,
): Readonly<Record<string, unknown>> {
  const place = `providerOptions.vllm (${request.kind})`;
  const applicable = Object.entries(kinds).filter(([, list]) => list.includes(request.kind));
  checkOptions(place, options, Object.fromEntries(applicable));
  if (options["structuredOutputs"] !== undefined && "sampling" in request && request.sampling.grammar !== undefined) {
    throw new InhouseError("invalid-request", `${place}: structuredOutputs and grammar exclude each other.`);
  }
  const given = Object.entries(options).filter(([name, value]) => value !== undefined && !ours.has(name));
  return Object.fromEntries(given.map(([name, value]) => [snakeCase(name), encodeOption(place, name, value)]));
}

function encodeOption(place: string, name: string, value: unknown): unknown {
  if (name !== "structuredOutputs" && name !== "repetitionDetection") return value;
  checkOptions(`${place}.${name}`, value, nested[name]);
  const given = Object.entries(value as object).filter(([, part]) => part !== undefined);
  return Object.fromEntries(
    given.map(([key, part]) => [snakeCase(key), key === "structuralTag" ? textOf(part) : part]),
  );
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

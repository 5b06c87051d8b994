import type { Sampling } from "../../core/sampling.ts";
import type { Classify } from "../../http/status-failure.ts";

/** The operations of the OpenAI protocol that are spoken here. */
export type OpenAIOperation = "chat" | "completion" | "embedding" | "rerank";

/** What one server does differently from another that speaks the OpenAI protocol: data, and no more. */
export interface Dialect {
  /** The path of each operation under the base URL; an absent one is refused as `unsupported`. */
  readonly paths: Readonly<Partial<Record<OpenAIOperation, string>>>;
  /** The server's name for each sampling option; an absent one is left out with a warning. */
  readonly sampling: Readonly<Partial<Record<keyof Sampling, string>>>;
  /** Ask for a stream even where the caller wants none: the server notices an abort only then. */
  readonly alwaysStreams: boolean;
  /** Understands `stream_options.include_usage`. */
  readonly streamsUsage: boolean;
  /** Where thinking is found in a reply, the first one that is there. */
  readonly reasoningFields: readonly string[];
  /** Where thinking goes in a message sent back; absent: it is not sent. */
  readonly reasoningInput?: string;
  /** Split `<think>` tags off the text. */
  readonly reasoningTags: boolean;
  /** A last message of the assistant is repeated at the beginning of the answer. */
  readonly echoesPrefill: boolean;
  /** `usage` counts one of the `n` answers only. */
  readonly countsOneChoice: boolean;
  /** Obeys `tool_choice` with a tool's name; else that one tool is sent alone, as `required`. */
  readonly namedToolChoice: boolean;
  /** Fewest alternatives that `top_logprobs` may ask for. */
  readonly fewestTopLogprobs: 0 | 1;
  /** How vectors travel: `base64` costs a tenth of the parsing. */
  readonly embeddingEncoding: "float" | "base64";
  /** Obeys `dimensions`. */
  readonly embeddingDimensions: boolean;
  /** Sent with every chat request that streams. */
  readonly streamExtras: Readonly<Record<string, unknown>>;
  /** Reads the server's errors where it knows better than their status. */
  readonly classify: Classify;
}

/** What may be assumed of a server about which nothing is known but its protocol. */
export const openaiDialect: Dialect = {
  paths: { chat: "/chat/completions", completion: "/completions", embedding: "/embeddings", rerank: "/rerank" },
  sampling: {
    maxTokens: "max_tokens",
    stop: "stop",
    seed: "seed",
    temperature: "temperature",
    topP: "top_p",
    presencePenalty: "presence_penalty",
    frequencyPenalty: "frequency_penalty",
    logitBias: "logit_bias",
  },
  alwaysStreams: false,
  streamsUsage: true,
  reasoningFields: ["reasoning_content", "reasoning"],
  reasoningTags: true,
  echoesPrefill: false,
  countsOneChoice: false,
  namedToolChoice: true,
  fewestTopLogprobs: 0,
  embeddingEncoding: "float",
  embeddingDimensions: true,
  streamExtras: {},
  classify: async (report) => (await import("./openai-classify.ts")).classifyOpenAI(report),
};

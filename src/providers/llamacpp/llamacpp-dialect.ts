import type { Sampling } from "../../core/sampling.ts";
import { openaiDialect, type Dialect } from "../openai-compatible/openai-dialect.ts";
import { llamacppSchemaSupport } from "./llamacpp-schema-support.ts";

/** llama-server's names of the sampling options, the same in its chat and native protocols. */
export const llamacppSampling: Readonly<Record<keyof Sampling, string>> = {
  maxTokens: "n_predict",
  stop: "stop",
  seed: "seed",
  temperature: "temperature",
  dynatempRange: "dynatemp_range",
  dynatempExponent: "dynatemp_exponent",
  topP: "top_p",
  topK: "top_k",
  minP: "min_p",
  typicalP: "typical_p",
  topNSigma: "top_n_sigma",
  xtcProbability: "xtc_probability",
  xtcThreshold: "xtc_threshold",
  repeatPenalty: "repeat_penalty",
  repeatLastN: "repeat_last_n",
  presencePenalty: "presence_penalty",
  frequencyPenalty: "frequency_penalty",
  dryMultiplier: "dry_multiplier",
  dryBase: "dry_base",
  dryAllowedLength: "dry_allowed_length",
  dryPenaltyLastN: "dry_penalty_last_n",
  drySequenceBreakers: "dry_sequence_breakers",
  mirostat: "mirostat",
  mirostatTau: "mirostat_tau",
  mirostatEta: "mirostat_eta",
  samplers: "samplers",
  logitBias: "logit_bias",
  ignoreEos: "ignore_eos",
  grammar: "grammar",
};

/** How llama-server (b11434, b11549) speaks the OpenAI protocol. */
export const llamacppDialect: Dialect = {
  ...openaiDialect,
  paths: {
    chat: "/v1/chat/completions",
    embedding: "/v1/embeddings",
    rerank: "/v1/rerank",
    transcription: "/v1/audio/transcriptions",
  },
  sampling: llamacppSampling,
  responseFormat: {
    chat: async (format) => (await import("./llamacpp-response-format.ts")).llamacppChatFormat(format),
    completion: async (format) => (await import("./llamacpp-response-format.ts")).llamacppCompletionFormat(format),
  },
  schemaSupport: llamacppSchemaSupport,
  alwaysStreams: true, // a dropped request that does not stream goes on while anybody else talks to the server
  reasoning: (reasoning) => ({
    chat_template_kwargs: {
      enable_thinking: reasoning !== false,
      ...(typeof reasoning === "string" ? { reasoning_effort: reasoning } : {}),
    },
  }),
  reasoningBudget: (maxTokens) => ({
    chat_template_kwargs: { enable_thinking: true },
    reasoning_budget_tokens: maxTokens, // 0 would end in the middle of the closing tag (b11434)
  }),
  reasoningInput: "reasoning_content",
  echoesPrefill: true,
  countsOneChoice: true,
  namedToolChoice: false, // a name is served as "auto" (llama.cpp#26535)
  toolGrammar: "always", // all tools in one: a keyword that one of them has too many answers 400
  fewestTopLogprobs: 1, // 0 would switch log probabilities off
  embeddingEncoding: "base64",
  embeddingDimensions: false, // ignored in silence
  transcription: {
    text: { response_format: "json" },
    stream: { stream: "true" },
    alwaysStreams: true,
    temperature: true,
  },
  streamExtras: { return_progress: true },
  video: "input_video", // it answers 400 to video_url
  classify: async (report) => (await import("./llamacpp-classify.ts")).classifyLlamacpp(report),
};

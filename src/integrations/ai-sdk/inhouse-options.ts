import type { CallOptions, ChatInput, CompletionInput, EmbeddingInput } from "../../client/inputs.ts";
import { samplingKeys } from "../../client/normalize-sampling.ts";
import type { OutputStrategy } from "../../client/output/checked-output.ts";
import type { TranscriptionInput } from "../../client/transcription/transcription-input.ts";
import type { Sampling } from "../../core/sampling.ts";

/** Options of the AI SDK's own: they stand beside `providerOptions`, and not in it. */
type Standard =
  | "maxTokens"
  | "stop"
  | "seed"
  | "temperature"
  | "topP"
  | "topK"
  | "presencePenalty"
  | "frequencyPenalty";

type OfEveryCall = Pick<CallOptions, "timeout" | "maxRetries" | "priority" | "tags" | "providerOptions">;

type OfGeneration = OfEveryCall & Omit<Sampling, Standard> & Pick<ChatInput, "logprobs" | "promptLogprobs">;

/**
 * What `providerOptions.inhouse` of a language model takes: options of `client.chat()` that the AI SDK has no word for,
 * those of the server itself under `providerOptions`.
 */
export type InhouseChatOptions = OfGeneration &
  Pick<ChatInput, "toolStrategy" | "reasoning" | "context" | "media" | "responseFormat"> & {
    /** How the form of an object is brought about. Default: what the server can do. */
    readonly outputStrategy?: OutputStrategy;
    /** How often the model is asked again after an object that does not fit. Default 0; not while it is streamed. */
    readonly maxOutputRetries?: number;
  };

/** What `providerOptions.inhouse` of a completion model takes. */
export type InhouseCompletionOptions = OfGeneration & Pick<CompletionInput, "suffix" | "responseFormat">;

/** What `providerOptions.inhouse` of an embedding model takes. */
export type InhouseEmbeddingOptions = OfEveryCall & Pick<EmbeddingInput, "dimensions" | "batchSize" | "concurrency">;

/** What `providerOptions.inhouse` of a reranking model takes. */
export type InhouseRerankingOptions = OfEveryCall;

/** What `providerOptions.inhouse` of a transcription model takes. */
export type InhouseTranscriptionOptions = OfEveryCall &
  Pick<
    TranscriptionInput,
    | "name"
    | "language"
    | "prompt"
    | "temperature"
    | "timestamps"
    | "pieceMs"
    | "overlapMs"
    | "concurrency"
    | "continuity"
  >;

type Keys<Options> = Record<keyof Options, unknown>;

const ofEveryCall: Keys<OfEveryCall> = { timeout: 1, maxRetries: 1, priority: 1, tags: 1, providerOptions: 1 };

const {
  maxTokens: _maxTokens,
  stop: _stop,
  seed: _seed,
  temperature: _temperature,
  topP: _topP,
  topK: _topK,
  presencePenalty: _presencePenalty,
  frequencyPenalty: _frequencyPenalty,
  ...ownSampling
} = samplingKeys;

const ofGeneration: Keys<OfGeneration> = { ...ofEveryCall, ...ownSampling, logprobs: 1, promptLogprobs: 1 };

/** The keys of a language model's options. */
export const chatOptionKeys: Keys<InhouseChatOptions> = {
  ...ofGeneration,
  toolStrategy: 1,
  reasoning: 1,
  context: 1,
  media: 1,
  responseFormat: 1,
  outputStrategy: 1,
  maxOutputRetries: 1,
};

/** The keys of a completion model's options. */
export const completionOptionKeys: Keys<InhouseCompletionOptions> = { ...ofGeneration, suffix: 1, responseFormat: 1 };

/** The keys of an embedding model's options. */
export const embeddingOptionKeys: Keys<InhouseEmbeddingOptions> = {
  ...ofEveryCall,
  dimensions: 1,
  batchSize: 1,
  concurrency: 1,
};

/** The keys of a reranking model's options. */
export const rerankingOptionKeys: Keys<InhouseRerankingOptions> = ofEveryCall;

/** The keys of a transcription model's options. */
export const transcriptionOptionKeys: Keys<InhouseTranscriptionOptions> = {
  ...ofEveryCall,
  name: 1,
  language: 1,
  prompt: 1,
  temperature: 1,
  timestamps: 1,
  pieceMs: 1,
  overlapMs: 1,
  concurrency: 1,
  continuity: 1,
};

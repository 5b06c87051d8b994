/**
 * What the AI SDK's specification says of a model, as far as it is read and written here. The types are our own, because
 * those of the AI SDK 6 (`v3`) and 7 (`v4`) have no name in common; `test/types/ai-sdk.test-d.ts` holds them to both.
 */

/** The version of the specification that a model speaks: `v4` is the AI SDK 7's, `v3` that of 6. */
export type SpecificationVersion = "v3" | "v4";

/** A value that JSON can hold. */
export type JsonValue = null | string | number | boolean | JsonFields | JsonValue[];

/** An object that JSON can hold. */
export type JsonFields = { [key: string]: JsonValue | undefined };

/** Options, or what is told, under the names of providers. */
export type ByProvider = Record<string, JsonFields>;

/** What every call takes. */
export interface SpecCallOptions {
  readonly abortSignal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
}

/** A piece of a message, a tool, a result: told apart by `type`, since newer versions add to what there is. */
export interface SpecPart {
  readonly type: string;
  readonly providerOptions?: unknown;
}

/** A turn of a conversation. */
export interface SpecMessage {
  readonly role: string;
  readonly content: string | readonly SpecPart[];
  readonly providerOptions?: unknown;
}

/** What a call to a language model takes. */
export interface LanguageCallOptions extends SpecCallOptions {
  readonly prompt: readonly SpecMessage[];
  readonly maxOutputTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly stopSequences?: readonly string[] | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly seed?: number | undefined;
  readonly responseFormat?:
    | {
        readonly type: "text" | "json";
        readonly schema?: unknown;
        readonly name?: string | undefined;
        readonly description?: string | undefined;
      }
    | undefined;
  readonly tools?: readonly SpecPart[] | undefined;
  readonly toolChoice?: { readonly type: string; readonly toolName?: string } | undefined;
  readonly includeRawChunks?: boolean | undefined;
  /** In `v4` alone. */
  readonly reasoning?: string | undefined;
}

/** Something asked for that was changed, or left out. */
export type SpecWarning =
  | { type: "unsupported"; feature: string; details?: string }
  | { type: "compatibility"; feature: string; details?: string };

/** Why an answer ended, in the AI SDK's word and in ours. */
export interface SpecFinishReason {
  unified: "stop" | "length" | "content-filter" | "tool-calls" | "error" | "other";
  raw: string | undefined;
}

/** Tokens, as far as the server told them. */
export interface SpecUsage {
  inputTokens: {
    total: number | undefined;
    noCache: number | undefined;
    cacheRead: number | undefined;
    cacheWrite: number | undefined;
  };
  outputTokens: { total: number | undefined; text: number | undefined; reasoning: number | undefined };
  raw?: JsonFields;
}

/** What is known of a reply beside its content. */
export interface SpecResponse {
  id?: string;
  timestamp?: Date;
  modelId?: string;
}

/** A call of a tool; `input` is JSON text. */
export interface SpecToolCall {
  type: "tool-call";
  toolCallId: string;
  toolName: string;
  input: string;
}

/** A piece of an answer. */
export type SpecContent = { type: "text" | "reasoning"; text: string } | SpecToolCall;

/** A whole answer. */
export interface GenerateResult {
  content: SpecContent[];
  finishReason: SpecFinishReason;
  usage: SpecUsage;
  providerMetadata: ByProvider;
  response: SpecResponse;
  warnings: SpecWarning[];
}

/** A step of an answer. */
export type StreamPart =
  | { type: "stream-start"; warnings: SpecWarning[] }
  | ({ type: "response-metadata" } & SpecResponse)
  | { type: "text-start" | "text-end" | "reasoning-start" | "reasoning-end" | "tool-input-end"; id: string }
  | { type: "text-delta" | "reasoning-delta" | "tool-input-delta"; id: string; delta: string }
  | { type: "tool-input-start"; id: string; toolName: string }
  | SpecToolCall
  | { type: "raw"; rawValue: unknown }
  | { type: "error"; error: unknown }
  | { type: "finish"; usage: SpecUsage; finishReason: SpecFinishReason; providerMetadata: ByProvider };

/** An answer that comes step by step. */
export interface StreamResult {
  stream: ReadableStream<StreamPart>;
}

/** What every model tells of itself. */
export interface SpecModel<Version extends SpecificationVersion> {
  readonly specificationVersion: Version;
  /** Where it comes from, such as `inhouse.chat`. */
  readonly provider: string;
  readonly modelId: string;
}

/** A model that writes: assignable to the AI SDK's `LanguageModelV4`, or to `LanguageModelV3`. */
export interface InhouseLanguageModel<Version extends SpecificationVersion = "v4"> extends SpecModel<Version> {
  /** Every `http(s)` URL of a file comes to the client, whose `media.urls` says what may be fetched. */
  readonly supportedUrls: Record<string, RegExp[]>;
  doGenerate(options: LanguageCallOptions): Promise<GenerateResult>;
  doStream(options: LanguageCallOptions): Promise<StreamResult>;
}

/** A model of vectors: assignable to `EmbeddingModelV4`, or to `EmbeddingModelV3`. */
export interface InhouseEmbeddingModel<Version extends SpecificationVersion = "v4"> extends SpecModel<Version> {
  readonly maxEmbeddingsPerCall: number | undefined;
  /** False: the client sends several requests at a time by itself. */
  readonly supportsParallelCalls: boolean;
  doEmbed(options: EmbedOptions): Promise<EmbedResult>;
}

/** What a call to a model of vectors takes. */
export interface EmbedOptions extends SpecCallOptions {
  readonly values: readonly string[];
  /** In `v4` alone. */
  readonly dimensions?: number | undefined;
}

/** Vectors in the order of their texts. */
export interface EmbedResult {
  embeddings: number[][];
  usage?: { tokens: number };
  providerMetadata: ByProvider;
  warnings: SpecWarning[];
}

/** A model that orders documents: assignable to `RerankingModelV4`, or to `RerankingModelV3`. */
export interface InhouseRerankingModel<Version extends SpecificationVersion = "v4"> extends SpecModel<Version> {
  doRerank(options: RerankOptions): Promise<RankResult>;
}

/** What a call to a model that orders documents takes. */
export interface RerankOptions extends SpecCallOptions {
  readonly documents:
    | { readonly type: "text"; readonly values: readonly string[] }
    | { readonly type: "object"; readonly values: readonly unknown[] };
  readonly query: string;
  readonly topN?: number | undefined;
}

/** Documents by their place in what was given, best first. */
export interface RankResult {
  ranking: { index: number; relevanceScore: number }[];
  providerMetadata: ByProvider;
  warnings: SpecWarning[];
  response: SpecResponse;
}

/** A model that writes down what is said: assignable to `TranscriptionModelV4`, or to `TranscriptionModelV3`. */
export interface InhouseTranscriptionModel<Version extends SpecificationVersion = "v4"> extends SpecModel<Version> {
  doGenerate(options: TranscribeOptions & { readonly audio: Uint8Array | string }): Promise<TranscribeResult>;
  /** A recording by its URL, where the client's `media.urls` allows it; the AI SDK 7 hands every `http(s)` URL here. */
  doGenerateFromUrl(options: TranscribeOptions & { readonly audio: URL }): Promise<TranscribeResult>;
}

/** What a call to a model that writes down what is said takes. */
export interface TranscribeOptions extends SpecCallOptions {
  /** In `v4` alone. */
  readonly timestampGranularities?: readonly ("word" | "segment")[] | undefined;
}

/** A stretch of a recording, in seconds. */
export interface SpecSegment {
  text: string;
  startSecond: number;
  endSecond: number;
}

/** What is said in a recording. */
export interface TranscribeResult {
  text: string;
  segments: SpecSegment[];
  words?: SpecSegment[];
  language: string | undefined;
  durationInSeconds: number | undefined;
  warnings: SpecWarning[];
  response: { timestamp: Date; modelId: string };
  providerMetadata: ByProvider;
}

import type { ReasoningEffort } from "../../core/request.ts";
import type { ResponseFormat } from "../../core/response-format.ts";
import type { Sampling } from "../../core/sampling.ts";
import type { SchemaSupport } from "../../core/schema-support.ts";
import type { Classify } from "../../http/status-failure.ts";
import { openaiSchemaSupport } from "./openai-schema-support.ts";

/** Keys of a request's body. */
export type BodyFields = Readonly<Record<string, unknown>>;
/** How sampling options are written: under a name, or as a function of the value says. */
export type SamplingNames = Readonly<Partial<Record<keyof Sampling, string | ((value: unknown) => BodyFields)>>>;

/** Writes a form of the answer, its schema lowered already; undefined where the server cannot hold a model to it. */
export type WriteResponseFormat = (format: ResponseFormat) => BodyFields | undefined | Promise<BodyFields | undefined>;

/** The operations of the OpenAI protocol that are spoken here. */
export type OpenAIOperation = "chat" | "completion" | "embedding" | "rerank" | "transcription";

/** Fields of a form; a list is sent as several fields of one name. */
export type FormFields = Readonly<Record<string, string | readonly string[]>>;

/** How a server is asked for what is said in a recording. */
export interface TranscriptionDialect {
  /** Sent with every request; the caller's own go before them. */
  readonly fields?: FormFields;
  /** Asks for the text alone. */
  readonly text: FormFields;
  /** Asks for the times of segments too; absent: the server tells none. */
  readonly segment?: FormFields;
  /** Asks for the times of words too; absent: the server tells none. */
  readonly word?: FormFields;
  /** Asks for a stream, which has no times; absent: the server has none. */
  readonly stream?: FormFields;
  /** Ask for a stream even where the caller wants none: the server notices an abort only then. */
  readonly alwaysStreams: boolean;
  /** Obeys `temperature`; else it is left out with a warning. */
  readonly temperature: boolean;
}

/** What one server does differently from another that speaks the OpenAI protocol: data, and no more. */
export interface Dialect {
  /** The path of each operation under the base URL; an absent one is refused as `unsupported`. */
  readonly paths: Readonly<Partial<Record<OpenAIOperation, string>>>;
  /** The server's name for each sampling option, or how it is written; an absent one is left out with a warning. */
  readonly sampling: SamplingNames;
  /** Obeys `suffix` of completions, or refuses it; else it is refused here, since most servers ignore it in silence. */
  readonly suffix: boolean;
  /** How a form of the answer is written, by operation; refused where absent, and where it returns undefined. */
  readonly responseFormat: Readonly<Partial<Record<"chat" | "completion", WriteResponseFormat>>>;
  /** What of JSON Schema the server enforces; the rest is left out of what is sent to it, with a warning. */
  readonly schemaSupport: SchemaSupport;
  /** How thinking is switched; refused where absent. */
  readonly reasoning?: (reasoning: boolean | ReasoningEffort) => BodyFields;
  /** How thinking is bounded by a number of tokens; refused where absent. */
  readonly reasoningBudget?: (maxTokens: number) => BodyFields;
  /** How the log probabilities of the prompt are asked for, with that many alternatives; refused where absent. */
  readonly promptLogprobs?: (alternatives: number) => BodyFields;
  /** Ask for a stream even where the caller wants none: the server notices an abort only then. */
  readonly alwaysStreams: boolean;
  /** Understands `stream_options.include_usage`. */
  readonly streamsUsage: boolean;
  /** Where thinking is found in a reply, the first one that is there. */
  readonly reasoningFields: readonly string[];
  /**
   * Where the thinking of the last turn goes in a message sent back, as between a tool's call and its result; absent: it is
   * not sent. That of earlier turns never is.
   */
  readonly reasoningInput?: string;
  /**
   * Split `<think>` tags off the text. `opened`: the model's chat template writes the opening tag itself, so that the text
   * begins inside the thinking (unless the call switches it off, or the server splits it off by itself). Nothing but the
   * template tells that: a plain answer may speak of `</think>` too.
   */
  readonly reasoningTags: boolean | "opened";
  /** A last message of the assistant is repeated at the beginning of the answer. */
  readonly echoesPrefill: boolean;
  /** Sent where the last message is the assistant's, so that the answer goes on from it. */
  readonly prefillExtras: BodyFields;
  /** `usage` counts one of the `n` answers only. */
  readonly countsOneChoice: boolean;
  /** Obeys `tool_choice` with a tool's name; else that one tool is sent alone, as `required`. */
  readonly namedToolChoice: boolean;
  /** Holds the arguments of a tool call to their schema only where the tool says `strict`. */
  readonly strictTools: boolean;
  /**
   * When the server makes a grammar of the parameters of tools, which are lowered then: for every call, for one that is
   * forced or `strict`, or never.
   */
  readonly toolGrammar: "always" | "forced" | "never";
  /** Fewest alternatives that `top_logprobs` may ask for. */
  readonly fewestTopLogprobs: 0 | 1;
  /** How vectors travel: `base64` costs a tenth of the parsing. */
  readonly embeddingEncoding: "float" | "base64";
  /** Obeys `dimensions`. */
  readonly embeddingDimensions: boolean;
  /** How transcriptions are asked for. */
  readonly transcription: TranscriptionDialect;
  /** Where the API begins if `baseURL` has no path. Default `/v1`. */
  readonly root?: string;
  /** Sent with every chat request that streams. */
  readonly streamExtras: BodyFields;
  /** The type of part in which it takes films; absent: it takes none. */
  readonly video?: "video_url" | "input_video";
  /** Reads the server's errors where it knows better than their status. */
  readonly classify: Classify;
}

/** A form of the answer in the protocol's own form, which has JSON and JSON Schema and no other. */
export function openaiResponseFormat(format: ResponseFormat): BodyFields | undefined {
  if (format.type === "json") return { response_format: { type: "json_object" } };
  if (format.type !== "json-schema") return undefined;
  const { name = "answer", schema } = format;
  return { response_format: { type: "json_schema", json_schema: { name, schema, strict: true } } };
}

/** The protocol's own switch for thinking, which many servers take and do not heed. */
export function openaiReasoning(reasoning: boolean | ReasoningEffort): BodyFields {
  return { reasoning_effort: typeof reasoning === "string" ? reasoning : reasoning ? "medium" : "none" };
}

/** What may be assumed of a server about which nothing is known but its protocol. */
export const openaiDialect: Dialect = {
  paths: {
    chat: "/chat/completions",
    completion: "/completions",
    embedding: "/embeddings",
    rerank: "/rerank",
    transcription: "/audio/transcriptions",
  },
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
  suffix: false,
  responseFormat: { chat: openaiResponseFormat },
  schemaSupport: openaiSchemaSupport,
  reasoning: openaiReasoning,
  alwaysStreams: false,
  streamsUsage: true,
  reasoningFields: ["reasoning_content", "reasoning"],
  reasoningTags: true,
  echoesPrefill: false,
  prefillExtras: {},
  countsOneChoice: false,
  namedToolChoice: true,
  strictTools: false,
  toolGrammar: "never",
  fewestTopLogprobs: 0,
  embeddingEncoding: "float",
  embeddingDimensions: true,
  transcription: {
    text: { response_format: "json" },
    segment: { response_format: "verbose_json", "timestamp_granularities[]": "segment" },
    word: { response_format: "verbose_json", "timestamp_granularities[]": ["word", "segment"] },
    stream: { stream: "true" },
    alwaysStreams: false,
    temperature: true,
  },
  streamExtras: {},
  classify: async (report) => (await import("./openai-classify.ts")).classifyOpenAI(report),
};

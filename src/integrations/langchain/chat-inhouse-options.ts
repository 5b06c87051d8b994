import type {
  BaseChatModelCallOptions,
  BaseChatModelParams,
  BindToolsInput,
} from "@langchain/core/language_models/chat_models";
import type { ModelProfile } from "@langchain/core/language_models/profile";

import type { Client } from "../../client/client-interface.ts";
import type { CallOptions, ChatInput, TimeoutOptions } from "../../client/inputs.ts";
import { samplingKeys } from "../../client/normalize-sampling.ts";
import type { OutputStrategy } from "../../client/output/checked-output.ts";
import type { OutputInput } from "../../core/output-form.ts";
import type { ContextPolicy } from "../../core/request.ts";
import type { Sampling } from "../../core/sampling.ts";

/** Options that every model of LangChain over a client takes, for all its calls. */
export interface OfEveryCall extends Pick<
  CallOptions,
  "model" | "maxRetries" | "priority" | "headers" | "providerOptions"
> {
  /** The client's limits, each for itself; LangChain's own `timeout` is one of the whole call. */
  readonly timeouts?: TimeoutOptions;
  /** The client's `tags`: labels for its policies and records. LangChain's `tags` are others, and never come here. */
  readonly callTags?: Readonly<Record<string, string>>;
}

/** Options of the model for every call, and of a call: what `client.chat()` takes, under its own names where they are free. */
export interface InhouseModelOptions
  extends
    OfEveryCall,
    Omit<Sampling, "stop">,
    Pick<ChatInput, "logprobs" | "promptLogprobs" | "toolStrategy" | "reasoning" | "media" | "responseFormat"> {
  /** The client's `context`, whose name LangGraph has for something else. Default `refuse`. */
  readonly contextPolicy?: ContextPolicy;
  /** How an answer in a form is brought about. Default: what the server can do. */
  readonly outputStrategy?: OutputStrategy;
  /** How often the model is asked again after an answer that does not fit its form. Default 0. */
  readonly maxOutputRetries?: number;
}

/** What `new ChatInhouse()` takes. */
export type ChatInhouseFields = Omit<BaseChatModelParams, "maxConcurrency" | "onFailedAttempt" | "callbackManager"> &
  InhouseModelOptions & {
    /** Does the calls, with all its policies. It stays the caller's to close. */
    readonly client: Client;
    /** Texts that end an answer; LangChain's other name for them is `stopSequences`. */
    readonly stop?: readonly string[];
    readonly stopSequences?: readonly string[];
    /** For each call as a whole, in milliseconds: `timeouts.totalMs`. Default none. */
    readonly timeout?: number;
    /** Have `invoke()` tell callbacks each token, too. Default false: only where a callback asks for it, and in streams. */
    readonly streaming?: boolean;
    /** What the model can do. Default: what its provider tells beforehand, until `loadProfile()` asks the server. */
    readonly profile?: ModelProfile;
  };

/** A form of the answer in OpenAI's words, as agents of LangChain ask for it. */
export type OpenAIResponseFormat =
  | { readonly type: "text" }
  | { readonly type: "json_object" }
  | { readonly type: "json_schema"; readonly json_schema: { readonly schema: unknown; readonly name?: string } };

/** What a call takes beside LangChain's own options, also by `withConfig()`. */
export interface ChatInhouseCallOptions extends Omit<BaseChatModelCallOptions, "maxRetries">, InhouseModelOptions {
  /** Tools of LangChain, of OpenAI's form, or of ours; `bindTools()` sets them. */
  readonly tools?: readonly BindToolsInput[];
  /** What the answer must fit: a schema, `json()`, `choice()`, `regex()` or `grammar()`. `withStructuredOutput()` sets it. */
  readonly output?: OutputInput;
  readonly response_format?: OpenAIResponseFormat;
  /**
   * Give an answer that does not fit its form all the same, with the reason as `response_metadata.error`, instead of an error.
   * Default false; `withStructuredOutput()` with `includeRaw` sets it.
   */
  readonly keepUnfit?: boolean;
  /** Of no effect: whether a server holds a model to a schema is its own matter, and it is asked to wherever it can. */
  readonly strict?: boolean | undefined;
}

/** The keys of an options type. */
export type Keys<Options> = Record<keyof Options, unknown>;

/** The keys of what every call takes. */
export const everyCallKeys: Keys<OfEveryCall> = {
  model: 1,
  maxRetries: 1,
  priority: 1,
  headers: 1,
  providerOptions: 1,
  timeouts: 1,
  callTags: 1,
};

const { stop: _stop, ...ownSampling } = samplingKeys;

/** The keys of the model's options. */
export const modelOptionKeys: Keys<InhouseModelOptions> = {
  ...everyCallKeys,
  ...ownSampling,
  logprobs: 1,
  promptLogprobs: 1,
  toolStrategy: 1,
  reasoning: 1,
  media: 1,
  responseFormat: 1,
  contextPolicy: 1,
  outputStrategy: 1,
  maxOutputRetries: 1,
};

/** The keys of `new ChatInhouse()`. */
export const chatFieldKeys: Keys<ChatInhouseFields> = {
  ...modelOptionKeys,
  client: 1,
  stop: 1,
  stopSequences: 1,
  timeout: 1,
  streaming: 1,
  profile: 1,
  disableStreaming: 1,
  outputVersion: 1,
  cache: 1,
  callbacks: 1,
  verbose: 1,
  tags: 1,
  metadata: 1,
};

/** The keys of a call that have a meaning here. */
export const callOptionKeys: Keys<
  InhouseModelOptions &
    Pick<
      ChatInhouseCallOptions,
      "tools" | "tool_choice" | "output" | "response_format" | "keepUnfit" | "stop" | "signal"
    >
> = { ...modelOptionKeys, tools: 1, tool_choice: 1, output: 1, response_format: 1, keepUnfit: 1, stop: 1, signal: 1 };

import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type { BaseLanguageModelInput, StructuredOutputMethodOptions } from "@langchain/core/language_models/base";
import { BaseChatModel, type BindToolsInput, type LangSmithParams } from "@langchain/core/language_models/chat_models";
import type { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import type { ModelProfile } from "@langchain/core/language_models/profile";
import { assembleStructuredOutputPipeline } from "@langchain/core/language_models/structured_output";
import type { AIMessageChunk, BaseMessage, MessageContent } from "@langchain/core/messages";
import type { ChatGenerationChunk, ChatResult } from "@langchain/core/outputs";
import type { Runnable, RunnableConfig } from "@langchain/core/runnables";

import type { Client } from "../../client/client-interface.ts";
import { checkOptions, describe } from "../../core/check-options.ts";
import type { JsonSchema } from "../../core/json-schema.ts";
import type { StandardSchema } from "../../core/standard-schema.ts";
import {
  chatFieldKeys,
  modelOptionKeys,
  type ChatInhouseCallOptions,
  type ChatInhouseFields,
} from "./chat-inhouse-options.ts";
import type { Asked } from "./generated-answer.ts";
import { chatCall, describedCall, type CallOptionsGiven, type ModelDefaults } from "./langchain-call.ts";
import { blocksOf } from "./langchain-content.ts";
import { underLangchain, wrongInput } from "./langchain-error.ts";
import { structuredCall } from "./langchain-output.ts";
import { profileOf } from "./langchain-profile.ts";

/** What `withStructuredOutput()` takes: a schema of zod or of another library that follows Standard Schema, or a JSON Schema. */
export type StructuredOutputSchema<Output> = StandardSchema<unknown, Output> | JsonSchema;

/**
 * A chat model of LangChain over a client: every call goes through the client, with its policies, limits, queue and
 * retries. LangChain's own retries and queue stand idle. Throws `invalid-request` for a wrong option.
 *
 * @example
 * const model = new ChatInhouse({ client, temperature: 0 });
 * const { text } = await model.invoke("Hello");
 */
export class ChatInhouse extends BaseChatModel<ChatInhouseCallOptions> {
  readonly client: Client;
  /** Whether `invoke()` tells callbacks each token, too. */
  readonly streaming: boolean;
  // Not #private: frameworks wrap models in proxies and copy them field by field.
  protected readonly defaults: ModelDefaults;
  protected knownProfile: ModelProfile | undefined;

  constructor(fields: ChatInhouseFields) {
    checkOptions("ChatInhouse", fields, chatFieldKeys);
    const { client, stop, stopSequences, timeout, timeouts, streaming, profile } = fields;
    if (typeof client?.chat !== "function") throw wrongInput("client", `expected a client, got ${describe(client)}`);
    if (stop && stopSequences) throw wrongInput("stopSequences", "the same as stop", "Leave one of the two out.");
    const { disableStreaming, outputVersion, cache, callbacks, verbose, tags, metadata } = fields;
    const langchain = { disableStreaming, outputVersion, cache, callbacks, verbose, tags, metadata };
    // The client stays out of what LangChain keeps of a model; it tries again itself, and knows better when.
    super({ ...(definedOf(langchain) as typeof fields), maxRetries: 0 });
    this.client = client;
    this.disableStreaming = disableStreaming ?? false;
    this.streaming = streaming ?? false;
    this.knownProfile = profile;
    const own = Object.entries(fields).filter(
      ([key, value]) => Object.hasOwn(modelOptionKeys, key) && value !== undefined,
    );
    const ends = stop ?? stopSequences ?? [];
    const limits = { ...(timeout === undefined ? {} : { totalMs: timeout }), ...timeouts };
    this.defaults = {
      ...(Object.fromEntries(own) as ModelDefaults),
      ...(ends.length === 0 ? {} : { stop: ends }),
      ...(Object.keys(limits).length === 0 ? {} : { timeouts: limits }),
    };
  }

  /** The class's name for LangChain, whatever a bundler makes of it. */
  static override lc_name(): string {
    return "ChatInhouse";
  }

  /** The model that is asked for; without one, the client's, or the server's only one. */
  get model(): string | undefined {
    return this.defaults.model;
  }

  override _llmType(): string {
    return "inhouse";
  }

  /** What the model can do. What no server was asked for is absent: `loadProfile()` asks. */
  override get profile(): ModelProfile {
    return this.knownProfile ?? profileOf(this.client.provider.capabilities);
  }

  /** Asks the server what the model can do and how long its window is; `profile` has it from then on. */
  async loadProfile(): Promise<ModelProfile> {
    const { model } = await underLangchain(() => this.client.capabilities(this.model));
    this.knownProfile = profileOf(model.capabilities, model.contextLength);
    return this.knownProfile;
  }

  /** Counts the text of a content by the server's own tokenizer; nothing is fetched. Rejects with `unsupported` where it has none. */
  override async getNumTokens(content: MessageContent): Promise<number> {
    const text = blocksOf(content)
      .map((block) => (block["type"] === "text" ? String(block["text"]) : ""))
      .join("");
    if (text === "") return 0;
    const named = this.model === undefined ? {} : { model: this.model };
    return underLangchain(async () => (await this.client.tokenize({ text, ...named })).tokens.length);
  }

  override bindTools(
    tools: BindToolsInput[],
    kwargs: Partial<ChatInhouseCallOptions> = {},
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, ChatInhouseCallOptions> {
    return this.withConfig({ ...kwargs, tools });
  }

  /** A model whose answer is a value that fits a schema; with `includeRaw`, its message as well, whether or not it fits. */
  override withStructuredOutput<Output extends object = Record<string, unknown>>(
    schema: StructuredOutputSchema<Output>,
    config?: StructuredOutputMethodOptions,
  ): Runnable<BaseLanguageModelInput, Output>;
  override withStructuredOutput<Output extends object = Record<string, unknown>>(
    schema: StructuredOutputSchema<Output>,
    config: StructuredOutputMethodOptions<true>,
  ): Runnable<BaseLanguageModelInput, { raw: BaseMessage; parsed: Output }>;
  override withStructuredOutput(
    schema: StructuredOutputSchema<Record<string, unknown>>,
    config: StructuredOutputMethodOptions<boolean> = {},
  ): ReturnType<typeof assembleStructuredOutputPipeline> {
    const { options, parser } = structuredCall(schema, config);
    const asked = this.withConfig({ ...options, ...(config.includeRaw ? { keepUnfit: true } : {}) });
    return assembleStructuredOutputPipeline(asked, parser, config.includeRaw, config.name);
  }

  override async _generate(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    const { generatedAnswer } = await import("./generated-answer.ts");
    return underLangchain(() =>
      generatedAnswer(this.asked(), messages, options, this.streaming ? runManager : undefined),
    );
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const { streamedChunks } = await import("./generated-answer.ts");
    yield* streamedChunks(this.asked(), messages, options, runManager);
  }

  override async *_streamChatModelEvents(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
  ): AsyncGenerator<ChatModelStreamEvent> {
    const { streamedEvents } = await import("./generated-answer.ts");
    yield* streamedEvents(this.asked(), messages, options);
  }

  /** What a call says of itself in traces: its options, and no message. */
  override invocationParams(options: CallOptionsGiven = {}): Record<string, unknown> {
    return { ...describedCall(chatCall(this.defaults, options)) };
  }

  /** What tracers are told of a call's options: no header, which may be somebody's key. */
  protected override _getCallOptionsForTracing({ headers: _headers, ...options }: this["ParsedCallOptions"]) {
    return options as this["ParsedCallOptions"];
  }

  override _identifyingParams(): Record<string, unknown> {
    return { provider: this.client.provider.name, ...this.invocationParams() };
  }

  override getLsParams(options: this["ParsedCallOptions"]): LangSmithParams {
    const { model, temperature, maxTokens, stop } = { ...this.defaults, ...definedOf(options) } as ModelDefaults;
    return {
      ls_provider: this.client.provider.name,
      ls_model_name: model ?? "default",
      ls_model_type: "chat",
      ...(temperature === undefined ? {} : { ls_temperature: temperature }),
      ...(maxTokens === undefined ? {} : { ls_max_tokens: maxTokens }),
      ls_stop: [...(stop ?? [])],
    };
  }

  /** A cache knows a call by what the model is asked for, and a schema by its JSON Schema. */
  override _getSerializedCacheKeyParametersForCall(options: CallOptionsGiven & { config?: RunnableConfig }): string {
    const { config: _config, ...asked } = options;
    const keepUnfit = asked.keepUnfit === true;
    const params = {
      provider: this.client.provider.name,
      ...this.invocationParams(asked),
      keepUnfit,
      _type: "inhouse",
    };
    return JSON.stringify(Object.entries(params).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  protected asked(): Asked {
    return { client: this.client, defaults: this.defaults };
  }
}

const definedOf = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

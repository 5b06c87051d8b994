import type { CapabilityReport } from "../core/capability-report.ts";
import { checkOptions, describe } from "../core/check-options.ts";
import { InhouseError } from "../core/error.ts";
import { compose, type Middleware } from "../core/handler.ts";
import type { Health } from "../core/health.ts";
import type { InferOutput, OutputInput } from "../core/output-form.ts";
import type { ModelInfo, Provider } from "../core/provider.ts";
import type { ModelRequest } from "../core/request.ts";
import type {
  ChatResult,
  ClassificationResult,
  CompletionResult,
  DetokenizationResult,
  EmbeddingResult,
  RerankResult,
  StructuredResult,
  TokenizationResult,
} from "../core/result.ts";
import { checkCallOptions } from "./call-options.ts";
import { startCall, type Call, type StartCall } from "./call.ts";
import { checkList, checkNumber, checkReport } from "./check.ts";
import type { ConcurrencyLimit, ConcurrencyOptions } from "./concurrency-options.ts";
import { concurrencyPolicy } from "./concurrency-policy.ts";
import { refuseEmpty } from "./empty-reply.ts";
import type {
  CallOptions,
  ChatInput,
  ClassificationInput,
  CompletionInput,
  DetokenizationInput,
  EmbeddingInput,
  RerankInput,
  TimeoutOptions,
  TokenizationInput,
} from "./inputs.ts";
import type { ModelKnowledge } from "./model-knowledge.ts";
import { modelName, normalizeChat, normalizeCompletion } from "./normalize.ts";
import { prepare } from "./prepare.ts";
import type { Readiness } from "./readiness.ts";
import { chatResult, completionResult, finished } from "./results.ts";
import { retryBudget, type RetryBudgetOptions } from "./retry-budget.ts";
import { retry } from "./retry.ts";
import { runningCalls, type CloseOptions, type RunningCalls } from "./running-calls.ts";
import { signalListeners } from "./signal-listeners.ts";
import { watchSilence } from "./silence.ts";
import { streamReader } from "./stream-reader.ts";
import { streamTools } from "./stream-tools.ts";
import {
  isStructured,
  type PartialOutput,
  hasTools,
  type StreamedToolsOrOutputInput,
  type StructuredChatInput,
  type StructuredInput,
  type ToolsOrOutput,
  type ToolsOrOutputInput,
} from "./structured-input.ts";
import { structuredStream, type StructuredStream } from "./structured-stream.ts";
import { textStream, type TextStream } from "./text-stream.ts";
import { defaultTimeouts, mergeTimeouts } from "./timeouts.ts";
import type {
  RunToolsInput,
  RunToolsOutputInput,
  StructuredToolRunResult,
  ToolRunResult,
  ToolStream,
} from "./tool-run.ts";
import { toolsOrOutputStream, type ToolsOrOutputStream } from "./tools-or-output-stream.ts";
import type { Tool } from "./typed-tool.ts";
import type { ReadinessOptions } from "./wait-until-ready.ts";
import type { WarmUp, WarmUpOptions, WarmUpResult, WarmUpSettings } from "./warm-up.ts";
import { withAttempt } from "./with-attempt.ts";

/** Options of `createClient`. */
export interface ClientOptions {
  /** Where calls go: `llamacpp()`, `openaiCompatible()`, `memory()` … The client closes it with itself. */
  readonly provider: Provider;
  /** The model of calls that name none. */
  readonly model?: string;
  readonly timeout?: TimeoutOptions;
  /** Tries after the first, for failures that another try may mend, before any content was delivered. Default 2. */
  readonly maxRetries?: number;
  /**
   * Most requests at the server at a time; the others wait in a fair queue. A `concurrencyLimit()` is shared by every client
   * that has it. Default: no limit, since servers queue themselves.
   */
  readonly concurrency?: number | ConcurrencyOptions | ConcurrencyLimit;
  /**
   * What all calls may spend on retries together: 10, and a tenth for each call that is answered. When it is spent, the
   * first failure is the last; `false` sets no bound.
   */
  readonly retryBudget?: RetryBudgetOptions | false;
  /** What `capabilities()` told earlier, so that it need not be asked again. */
  readonly capabilities?: readonly CapabilityReport[];
  /** Policies around every call, the first one outermost. */
  readonly middleware?: readonly Middleware[];
}

/** Options of `capabilities`. */
export interface CapabilityOptions {
  /** Ask the server now. Default false. */
  readonly refresh?: boolean;
  readonly signal?: AbortSignal;
}

/** A client of one provider. Every method rejects with an `InhouseError`. */
export interface Client {
  readonly provider: Provider;
  /**
   * Continues a conversation and answers when it is complete; with `output`, with a value that fits a schema. With `tools`
   * beside it, the model calls one, or else `output` is there: two calls, unless the first answer fits already.
   */
  chat<Given extends OutputInput>(input: ToolsOrOutputInput<Given>): Promise<ToolsOrOutput<InferOutput<Given>>>;
  chat<Given extends OutputInput>(input: StructuredChatInput<Given>): Promise<StructuredResult<InferOutput<Given>>>;
  chat(input: ChatInput): Promise<ChatResult>;
  /**
   * Continues a conversation with tools: executes what the model calls, tells it what came of it, and so on until it
   * answers; with `output`, until its answer is a value that fits a schema. Arguments that do not fit, and a tool that
   * fails, are told the model too. `toolChoice` is for the first step.
   */
  runTools<const Tools extends readonly Tool[], Given extends OutputInput>(
    input: RunToolsOutputInput<Tools, Given>,
  ): Promise<StructuredToolRunResult<InferOutput<Given>>>;
  runTools<const Tools extends readonly Tool[]>(input: RunToolsInput<Tools>): Promise<ToolRunResult>;
  /**
   * The same run as it happens: the events of every answer, each tool's result, each step. Leaving the loop ends model and
   * tools; `text` is what the model says, `result` what `runTools()` gives.
   */
  streamTools<const Tools extends readonly Tool[], Given extends OutputInput>(
    input: RunToolsOutputInput<Tools, Given>,
  ): ToolStream<StructuredToolRunResult<InferOutput<Given>>>;
  streamTools<const Tools extends readonly Tool[]>(input: RunToolsInput<Tools>): ToolStream;
  /**
   * Continues a conversation, or a text where a `prompt` is given, and hands the reply out as it is generated; with
   * `output`, and `tools` beside it, what `chat()` gives, as it comes.
   */
  stream<Given extends OutputInput>(
    input: StreamedToolsOrOutputInput<Given>,
  ): ToolsOrOutputStream<InferOutput<Given>, PartialOutput<Given>>;
  stream<Given extends OutputInput>(
    input: StructuredInput<Given>,
  ): StructuredStream<InferOutput<Given>, PartialOutput<Given>>;
  stream(input: ChatInput): TextStream<ChatResult>;
  stream(input: CompletionInput): TextStream<CompletionResult>;
  /** Continues a text; with `suffix`, fills in the middle. */
  complete(input: CompletionInput): Promise<CompletionResult>;
  /** Turns texts into vectors, any number of them. */
  embed(input: EmbeddingInput): Promise<EmbeddingResult>;
  /** Orders documents by how well they answer a query. */
  rerank(input: RerankInput): Promise<RerankResult>;
  /** Sorts texts into the classes that the model was trained for. */
  classify(input: ClassificationInput): Promise<ClassificationResult>;
  /** Splits text, or the prompt that a conversation becomes, into the model's tokens. */
  tokenize(input: TokenizationInput): Promise<TokenizationResult>;
  /** Joins tokens into text. */
  detokenize(input: DetokenizationInput): Promise<DetokenizationResult>;
  /** The models that the server offers. */
  models(signal?: AbortSignal): Promise<readonly ModelInfo[]>;
  /** One model in detail: its window, its size, what it can do and from where that is known. */
  describe(model?: string, signal?: AbortSignal): Promise<ModelInfo>;
  /**
   * What a model can do, by what the server tells, asked once a minute at the most; `refresh` asks now. The report is
   * plain data: print it with `formatCapabilities()`, save it as JSON, give it back as the client's `capabilities`.
   */
  capabilities(model?: string, options?: CapabilityOptions): Promise<CapabilityReport>;
  /**
   * Finds out by at most five small calls what the server really holds a model to: a schema, a choice, a regular
   * expression, a grammar, a required tool call. What it found is in the report, with the evidence `probe: …`; this client
   * goes by it from then on, and another one if it is given the saved report as `capabilities`. Asking `capabilities()`
   * with `refresh` forgets it.
   */
  probe(model?: string, options?: { readonly signal?: AbortSignal }): Promise<CapabilityReport>;
  /** Asks how the server is. */
  health(signal?: AbortSignal): Promise<Health>;
  /** Waits until the server answers calls, if only after others; rejects with `not-ready` after the time limit. */
  waitUntilReady(options?: ReadinessOptions): Promise<void>;
  /**
   * Waits until the server is ready and has its model do a little, or loads it where the server loads models when they are
   * called, so that the first call is answered as quickly as the others.
   */
  warmUp(options?: WarmUpOptions): Promise<WarmUpResult>;
  /**
   * Takes no more calls, ends those that run with `closed` and closes the provider. With `graceMs`, what runs may finish
   * within that time; what waits in the queue ends at once. Another `close()` waits for the same end.
   */
  close(options?: CloseOptions): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const optionNames: Record<keyof ClientOptions, true> = {
  provider: true,
  model: true,
  timeout: true,
  maxRetries: true,
  concurrency: true,
  retryBudget: true,
  capabilities: true,
  middleware: true,
};
const capabilityOptionNames: Record<keyof CapabilityOptions, true> = { refresh: true, signal: true };

/** Makes a client. Nothing is sent yet. Throws `invalid-request` for a wrong option. */
export function createClient(options: ClientOptions): Client {
  checkOptions("createClient", options, optionNames);
  const { provider, model: defaultModel, middleware = [] } = options;
  if (typeof provider?.send !== "function") {
    throw new InhouseError("invalid-request", `createClient: provider is ${describe(provider)}, not a provider.`, {
      hint: "Pass llamacpp(), openaiCompatible(…) or another provider.",
    });
  }
  if (defaultModel !== undefined) modelName(defaultModel);
  checkList("middleware", middleware);
  checkList("capabilities", options.capabilities ?? []).forEach((report, index) =>
    checkReport(`capabilities[${index}]`, report),
  );
  const timeouts = mergeTimeouts(defaultTimeouts, options.timeout);
  const maxRetries = retries(options.maxRetries ?? 2);
  const budget = retryBudget(options.retryBudget);
  let watched: Promise<Readiness> | undefined;
  const readiness = (): Promise<Readiness> => (watched ??= watch(provider));
  let warm: Promise<WarmUp> | undefined;
  const running = runningCalls();
  const signals = signalListeners();
  // An import would take a third of the time that importing the whole package takes.
  const { randomUUID } = process.getBuiltinModule("node:crypto");
  let knowledge: Promise<ModelKnowledge> | undefined;
  const known = (): Promise<ModelKnowledge> => (knowledge ??= learn(provider, options.capabilities));
  const places = options.concurrency === undefined ? [] : [concurrencyPolicy(options.concurrency)];
  const policies = [prepare(provider, known), refuseEmpty(provider), ...places, watchSilence(provider)];
  /** What is known of a model without asking the server: what was saved or probed, else what all its kind can do. */
  const toldOf = async (model = defaultModel) =>
    (knowledge || options.capabilities ? (await known()).told(model) : undefined)?.model.capabilities ??
    provider.capabilities;

  /** The way of a call, from the outside in: this list is what stands between the caller and the server. */
  function handlerFor(tries: number) {
    return compose([...middleware, retry({ maxRetries: tries, budget, readiness }), ...policies], provider.send);
  }
  const defaultHandler = handlerFor(maxRetries);

  const { checkOpen, checkRunning, operation } = running;

  const start: StartCall = (request, input, outermost) => begin(request, input, outermost, checkOpen, running.queued);
  /** Starts a call of an operation that runs: when the client is closed, it has the grace of the operation. */
  const startWithin: StartCall = (request, input, outermost) => begin(request, input, outermost, checkRunning);

  function begin(
    request: ModelRequest,
    input: CallOptions,
    outermost: Middleware | undefined,
    mayBegin: () => void,
    onQueue?: RunningCalls["queued"],
  ): Call {
    mayBegin();
    checkCallOptions(input);
    const handler = input.maxRetries === undefined ? defaultHandler : handlerFor(retries(input.maxRetries));
    return startCall(
      defaultModel !== undefined && request.model === undefined ? { ...request, model: defaultModel } : request,
      {
        newId: randomUUID,
        handler: outermost ? compose([outermost], handler) : handler,
        timeouts: mergeTimeouts(timeouts, input.timeout),
        signal: input.signal,
        signals,
        tags: input.tags,
        priority: input.priority,
        running,
        onQueue,
        checkOpen: mayBegin,
      },
    );
  }

  const settings = { start, running, timeouts, known: toldOf };
  const within = { ...settings, start: startWithin, checkOpen };

  async function chat<Given extends OutputInput>(
    input: ToolsOrOutputInput<Given>,
  ): Promise<ToolsOrOutput<InferOutput<Given>>>;
  async function chat<Given extends OutputInput>(
    input: StructuredChatInput<Given>,
  ): Promise<StructuredResult<InferOutput<Given>>>;
  async function chat(input: ChatInput): Promise<ChatResult>;
  async function chat(
    input: ChatInput | StructuredChatInput<OutputInput> | ToolsOrOutputInput<OutputInput>,
  ): Promise<ChatResult> {
    if (!isStructured(input)) return finished(start(normalizeChat(input, false), input), chatResult);
    return operation(async () => (await import("./structured-chat.ts")).structuredChat(input, within));
  }

  function stream<Given extends OutputInput>(
    input: StreamedToolsOrOutputInput<Given>,
  ): ToolsOrOutputStream<InferOutput<Given>, PartialOutput<Given>>;
  function stream<Given extends OutputInput>(
    input: StructuredInput<Given>,
  ): StructuredStream<InferOutput<Given>, PartialOutput<Given>>;
  function stream(input: ChatInput): TextStream<ChatResult>;
  function stream(input: CompletionInput): TextStream<CompletionResult>;
  function stream(
    input: ChatInput | CompletionInput | StructuredInput<OutputInput>,
  ): TextStream<ChatResult> | TextStream<CompletionResult> | ToolsOrOutputStream<unknown> {
    if (isStructured(input))
      return hasTools(input) ? toolsOrOutputStream(input, within) : structuredStream(input, settings);
    if (typeof input === "object" && input !== null && "prompt" in input) {
      const call = start(normalizeCompletion(input, true), input);
      return textStream(streamReader(call, completionResult), { callId: call.id });
    }
    const call = start(normalizeChat(input, true), input);
    return textStream(streamReader(call, chatResult), { callId: call.id });
  }

  async function runTools<const Tools extends readonly Tool[], Given extends OutputInput>(
    input: RunToolsOutputInput<Tools, Given>,
  ): Promise<StructuredToolRunResult<InferOutput<Given>>>;
  async function runTools<const Tools extends readonly Tool[]>(input: RunToolsInput<Tools>): Promise<ToolRunResult>;
  async function runTools(input: RunToolsInput): Promise<ToolRunResult> {
    return operation(async () => (await import("./run-tools.ts")).runTools(input, within));
  }

  function runStream<const Tools extends readonly Tool[], Given extends OutputInput>(
    input: RunToolsOutputInput<Tools, Given>,
  ): ToolStream<StructuredToolRunResult<InferOutput<Given>>>;
  function runStream<const Tools extends readonly Tool[]>(input: RunToolsInput<Tools>): ToolStream;
  function runStream(input: RunToolsInput): ToolStream {
    return streamTools(input, within);
  }

  async function close(closeOptions?: CloseOptions): Promise<void> {
    return running.close(closeOptions, () => provider.close());
  }

  return {
    provider,
    chat,
    stream,
    complete: async (input) => finished(start(normalizeCompletion(input, false), input), completionResult),
    runTools,
    streamTools: runStream,
    // What many programs never call is loaded when it is first called.
    embed: (input) => operation(async () => (await import("./embed.ts")).embed(input, startWithin)),
    rerank: async (input) => (await import("./rerank.ts")).rerank(input, start),
    classify: async (input) => (await import("./classify.ts")).classify(input, start),
    tokenize: async (input) => (await import("./tokenize.ts")).tokenize(input, start),
    detokenize: async (input) => (await import("./tokenize.ts")).detokenize(input, start),
    models: (signal) => withAttempt(() => provider.models(signal)),
    describe: (model = defaultModel, signal) => withAttempt(() => provider.describe(model, signal)),
    capabilities: async (model = defaultModel, asked = {}) => {
      checkOptions("capabilities", asked, capabilityOptionNames);
      const signal = asked.signal ?? new AbortController().signal;
      return withAttempt(async () => (await known()).report(model, signal, asked.refresh ? "again" : undefined));
    },
    probe: async (model = defaultModel, { signal = new AbortController().signal } = {}) =>
      (await import("./enforcement-probe.ts")).probe({ model, signal, known: await known(), chat }),
    health: (signal) => provider.health(signal),
    waitUntilReady: async (waiting) => {
      checkOpen();
      return (await import("./wait-until-ready.ts")).waitUntilReady(await readiness(), running, waiting);
    },
    warmUp: async (warming) => {
      checkOpen();
      warm ??= loadWarmUp({ provider, defaultModel, start, known, readiness, running });
      return (await warm)(warming);
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

/** Loaded when somebody first waits for the server. */
async function watch(provider: Provider): Promise<Readiness> {
  return (await import("./readiness.ts")).readinessOf(provider);
}

/** Loaded when somebody first warms a model up. */
async function loadWarmUp(settings: WarmUpSettings): Promise<WarmUp> {
  return (await import("./warm-up.ts")).warmer(settings);
}

/** Loaded when it is first needed: a chat that names no model does without. */
async function learn(provider: Provider, saved?: readonly CapabilityReport[]): Promise<ModelKnowledge> {
  const { modelKnowledge } = await import("./model-knowledge.ts");
  return modelKnowledge(provider, saved);
}

function retries(value: number): number {
  return checkNumber("maxRetries", value, { min: 0, max: 100, integer: true });
}

import type { CapabilityReport } from "../core/capability-report.ts";
import { checkOptions, describe } from "../core/check-options.ts";
import { InhouseError } from "../core/error.ts";
import type { OutputInput } from "../core/output-form.ts";
import type { Provider } from "../core/provider.ts";
import type { ChatResult, CompletionResult } from "../core/result.ts";
import type { AnalysisInput } from "./analysis/analysis-input.ts";
import { callStarter } from "./call-starter.ts";
import { checkList, checkReport } from "./check.ts";
import type { CapabilityOptions, Client, ClientOptions } from "./client-interface.ts";
import type { MediaOptions } from "./files/media-options.ts";
import type { ChatInput, CompletionInput } from "./inputs.ts";
import type { ModelKnowledge } from "./model-knowledge.ts";
import { modelName, normalizeChat, normalizeCompletion } from "./normalize.ts";
import {
  hasTools,
  isStructured,
  type StructuredChatInput,
  type StructuredInput,
  type ToolsOrOutputInput,
} from "./output/structured-input.ts";
import { structuredStream } from "./output/structured-stream.ts";
import { toolsOrOutputStream, type ToolsOrOutputStream } from "./output/tools-or-output-stream.ts";
import type { Readiness } from "./patience/readiness.ts";
import type { WarmUp, WarmUpSettings } from "./patience/warm-up.ts";
import { chatResult, completionResult, finished } from "./results.ts";
import { runStream } from "./run-reading.ts";
import { runningCalls } from "./running-calls.ts";
import { signalListeners } from "./signal-listeners.ts";
import { streamReader } from "./stream-reader.ts";
import { textStream, type TextStream } from "./text-stream.ts";
import { defaultTimeouts, mergeTimeouts } from "./timeouts.ts";
import { streamTools } from "./tools/stream-tools.ts";
import type { RunToolsInput } from "./tools/tool-run.ts";

export type { CapabilityOptions, Client, ClientOptions } from "./client-interface.ts";

const optionNames: Record<keyof ClientOptions, true> = {
  provider: true,
  model: true,
  timeout: true,
  maxRetries: true,
  concurrency: true,
  retryBudget: true,
  capabilities: true,
  media: true,
  middleware: true,
};
const mediaOptionNames: Record<keyof MediaOptions, 1> = {
  paths: 1,
  urls: 1,
  maxFileBytes: 1,
  image: 1,
  video: 1,
  pdf: 1,
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
  if (options.media) checkOptions("media", options.media, mediaOptionNames); // its values when a file is first read
  checkList("capabilities", options.capabilities ?? []).forEach((report, index) =>
    checkReport(`capabilities[${index}]`, report),
  );
  const timeouts = mergeTimeouts(defaultTimeouts, options.timeout);
  const running = runningCalls();
  const { checkOpen, operation } = running;
  let knowledge: Promise<ModelKnowledge> | undefined;
  const known = (): Promise<ModelKnowledge> => (knowledge ??= learn(provider, options.capabilities));
  /** What is known of a model without asking the server: what was saved or probed, else what all its kind can do. */
  const toldOf = async (model = defaultModel) =>
    (knowledge || options.capabilities ? (await known()).told(model) : undefined)?.model.capabilities ??
    provider.capabilities;
  let watched: Promise<Readiness> | undefined;
  const readiness = (): Promise<Readiness> => (watched ??= watch(provider));
  let warm: Promise<WarmUp> | undefined;
  const target = { provider, known, media: options.media, files: { opened: new WeakMap(), fitted: new WeakMap() } };
  const signals = signalListeners();
  /** Asks the server something beside its calls. */
  const askServer = async <Answer>(
    signal: AbortSignal | undefined,
    question: (signal?: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> => (await import("./under-signal.ts")).underSignal(signals, signal, question);
  const { start, startWithin } = callStarter(options, { target, timeouts, running, signals, readiness });
  const settings = { start, running, timeouts, known: toldOf };
  const within = { ...settings, start: startWithin, checkOpen, provider, media: options.media };

  async function chat(
    input: ChatInput | StructuredChatInput<OutputInput> | ToolsOrOutputInput<OutputInput>,
  ): Promise<ChatResult> {
    if (!isStructured(input)) return finished(start(normalizeChat(input, false), input), chatResult);
    return operation(async () => (await import("./output/structured-chat.ts")).structuredChat(input, within));
  }

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

  const analysis = { ...within, target, model: defaultModel };

  return {
    provider,
    chat: chat as Client["chat"],
    stream: stream as Client["stream"],
    complete: async (input) => finished(start(normalizeCompletion(input, false), input), completionResult),
    streamTools: ((input: RunToolsInput) => streamTools(input, within)) as Client["streamTools"],
    // What many programs never call is loaded when it is first called.
    runTools: (async (input: RunToolsInput) =>
      operation(async () => (await import("./tools/run-tools.ts")).runTools(input, within))) as Client["runTools"],
    analyze: (async (input: AnalysisInput) =>
      (await import("./analysis/analyze.ts")).analyze(input, analysis)) as Client["analyze"],
    planAnalysis: async (input) => (await import("./analysis/analyze.ts")).planAnalysis(input, analysis),
    previewMedia: async (input) => (await import("./files/media-preview.ts")).previewMedia(input, defaultModel, target),
    embed: (input) => operation(async () => (await import("./embed.ts")).embed(input, startWithin)),
    rerank: async (input) => (await import("./rerank.ts")).rerank(input, start),
    classify: async (input) => (await import("./classify.ts")).classify(input, start),
    transcribe: (input) =>
      operation(async () => (await import("./transcription/transcribe.ts")).transcribe(input, within)),
    streamTranscription: (input) =>
      runStream(checkOpen, async (control) =>
        (await import("./transcription/stream-transcription.ts")).streamTranscription(input, { ...within, ...control }),
      ),
    tokenize: async (input) => (await import("./tokenize.ts")).tokenize(input, start),
    detokenize: async (input) => (await import("./tokenize.ts")).detokenize(input, start),
    models: (signal) => askServer(signal, (own) => provider.models(own)),
    describe: (model = defaultModel, signal) => askServer(signal, (own) => provider.describe(model, own)),
    capabilities: async (model = defaultModel, asked = {}) => {
      checkOptions("capabilities", asked, capabilityOptionNames);
      return askServer(asked.signal, async (signal = new AbortController().signal) =>
        (await known()).report(model, signal, asked.refresh ? "again" : undefined),
      );
    },
    probe: async (model = defaultModel, { signal = new AbortController().signal } = {}) =>
      (await import("./enforcement-probe.ts")).probe({
        model,
        signal,
        known: await known(),
        chat,
      }),
    health: (signal) => askServer(signal, (own) => provider.health(own)),
    waitUntilReady: async (waiting) => {
      checkOpen();
      return (await import("./patience/wait-until-ready.ts")).waitUntilReady(
        await readiness(),
        { running, signals },
        waiting,
      );
    },
    warmUp: async (warming) => {
      checkOpen();
      warm ??= loadWarmUp({ provider, defaultModel, start, known, readiness, running, signals });
      return (await warm)(warming);
    },
    close: async (closing) => running.close(closing, () => provider.close()),
    [Symbol.asyncDispose]: () => running.close(undefined, () => provider.close()),
  };
}

/** Loaded when somebody first waits for the server. */
async function watch(provider: Provider): Promise<Readiness> {
  return (await import("./patience/readiness.ts")).readinessOf(provider);
}

/** Loaded when somebody first warms a model up. */
async function loadWarmUp(settings: WarmUpSettings): Promise<WarmUp> {
  return (await import("./patience/warm-up.ts")).warmer(settings);
}

/** Loaded when it is first needed: a chat that names no model does without. */
async function learn(provider: Provider, saved?: readonly CapabilityReport[]): Promise<ModelKnowledge> {
  const { modelKnowledge } = await import("./model-knowledge.ts");
  return modelKnowledge(provider, saved);
}

import type { CapabilityReport } from "../core/capability-report.ts";
import type { Middleware } from "../core/handler.ts";
import type { Health } from "../core/health.ts";
import type { InferOutput, OutputInput } from "../core/output-form.ts";
import type { ModelInfo, Provider } from "../core/provider.ts";
import type {
  ChatResult,
  ClassificationResult,
  CompletionResult,
  DetokenizationResult,
  EmbeddingResult,
  RerankResult,
  StructuredResult,
  TokenizationResult,
  TranscriptionResult,
} from "../core/result.ts";
import type { AnalysisInput, StructuredAnalysisInput } from "./analysis/analysis-input.ts";
import type { AnalysisPlan, AnalysisResult, StructuredAnalysisResult } from "./analysis/analysis-result.ts";
import type { MediaOptions } from "./files/media-options.ts";
import type { MediaPreview } from "./files/media-preview.ts";
import type {
  ChatInput,
  ClassificationInput,
  CompletionInput,
  DetokenizationInput,
  EmbeddingInput,
  RerankInput,
  TimeoutOptions,
  TokenizationInput,
} from "./inputs.ts";
import type {
  PartialOutput,
  StreamedToolsOrOutputInput,
  StructuredChatInput,
  StructuredInput,
  ToolsOrOutput,
  ToolsOrOutputInput,
} from "./output/structured-input.ts";
import type { StructuredStream } from "./output/structured-stream.ts";
import type { ToolsOrOutputStream } from "./output/tools-or-output-stream.ts";
import type { ConcurrencyLimit, ConcurrencyOptions } from "./patience/concurrency-options.ts";
import type { RetryBudgetOptions } from "./patience/retry-budget.ts";
import type { ReadinessOptions } from "./patience/wait-until-ready.ts";
import type { WarmUpOptions, WarmUpResult } from "./patience/warm-up.ts";
import type { CloseOptions } from "./running-calls.ts";
import type { TextStream } from "./text-stream.ts";
import type {
  RunToolsInput,
  RunToolsOutputInput,
  StructuredToolRunResult,
  ToolRunResult,
  ToolStream,
} from "./tools/tool-run.ts";
import type { Tool } from "./tools/typed-tool.ts";
import type {
  StreamedTranscriptionInput,
  TranscriptionInput,
  TranscriptionStream,
} from "./transcription/transcription-input.ts";

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
  /** Where files may be read from, how large they may be, and what becomes of them. Default: bytes alone, and no path or URL. */
  readonly media?: MediaOptions;
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
  /**
   * Does a task with a file, a picture, a recording or a film, however long: what does not fit into the model's window is
   * read piece by piece into notes, and the answer is written from these. Places in the material are kept, what was done
   * survives an error (`partial.analysis`), and with `output` the answer is a value that fits a schema.
   */
  analyze<Given extends OutputInput>(
    input: StructuredAnalysisInput<Given>,
  ): Promise<StructuredAnalysisResult<InferOutput<Given>>>;
  analyze(input: AnalysisInput): Promise<AnalysisResult>;
  /** What `analyze()` would do with the same input: its pieces, tokens and calls. Nothing is generated. */
  planAnalysis(input: AnalysisInput | StructuredAnalysisInput<OutputInput>): Promise<AnalysisPlan>;
  /**
   * What a chat would send of its files, and in which form: reads and fits them as the chat would, and sends nothing. Fails
   * with what the chat would fail with.
   */
  previewMedia(input: ChatInput): Promise<MediaPreview>;
  /** Turns texts into vectors, any number of them. */
  embed(input: EmbeddingInput): Promise<EmbeddingResult>;
  /** Orders documents by how well they answer a query. */
  rerank(input: RerankInput): Promise<RerankResult>;
  /** Sorts texts into the classes that the model was trained for. */
  classify(input: ClassificationInput): Promise<ClassificationResult>;
  /**
   * Writes down what is said in a recording, or in a film; a long one in overlapping pieces, a bounded number at a time, put
   * together without repeats. The error of a run that fails has what came of it, and a `checkpoint` to go on from.
   */
  transcribe(input: TranscriptionInput): Promise<TranscriptionResult>;
  /**
   * The same as it comes, where the server streams, else piece by piece: events, `text`, and at the end `result`. A long
   * recording goes one piece after the other; what was heard twice is handed out once. Leaving the loop ends it.
   */
  streamTranscription(input: StreamedTranscriptionInput): TranscriptionStream;
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
   * Finds out by at most seven small calls what the server really holds a model to: a schema, a choice, a regular
   * expression, a grammar, a required tool call; and whether it sees and hears, where nobody tells. What it found is in the report, with the evidence `probe: …`; this client
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

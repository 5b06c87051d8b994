export type {
  AnalysisFile,
  AnalysisInput,
  AnalysisModality,
  AnalysisProgress,
  StructuredAnalysisInput,
  Transcriber,
  TranscribingClient,
} from "./client/analysis/analysis-input.ts";
export type {
  AnalysisPlan,
  AnalysisResult,
  AnalyzedPiece,
  FailedPiece,
  StructuredAnalysisResult,
  Transcript,
  TranscriptStretch,
} from "./client/analysis/analysis-result.ts";
export { createClient, type CapabilityOptions, type Client, type ClientOptions } from "./client/client.ts";
export { concurrencyLimit } from "./client/patience/concurrency-limit.ts";
export type { ConcurrencyLimit, ConcurrencyOptions } from "./client/patience/concurrency-options.ts";
export type {
  CallOptions,
  ChatInput,
  ClassificationInput,
  CompletionInput,
  DetokenizationInput,
  EmbeddingInput,
  MediaPartInput,
  OpenAIContentPart,
  OpenAIMessage,
  OpenAITool,
  RerankInput,
  TimeoutOptions,
  TokenizationInput,
  UserMessageInput,
} from "./client/inputs.ts";
export type { MediaOptions } from "./client/files/media-options.ts";
export type { MediaPartPreview, MediaPreview } from "./client/files/media-preview.ts";
export { parseToolCalls, type ParsedToolCall, type ParsedToolCallOf } from "./client/tools/parse-tool-calls.ts";
export type {
  OutputOptions,
  PartialOutput,
  StreamedToolsOrOutputInput,
  StructuredChatInput,
  StructuredInput,
  ToolsOrOutput,
  ToolsOrOutputInput,
} from "./client/output/structured-input.ts";
export type { CloseOptions } from "./client/running-calls.ts";
export type { OutputStrategy } from "./client/output/checked-output.ts";
export type { StructuredStream } from "./client/output/structured-stream.ts";
export type { TextStream } from "./client/text-stream.ts";
export type { ToolsOrOutputStream } from "./client/output/tools-or-output-stream.ts";
export {
  hasToolCall,
  type Approval,
  type RunEnd,
  type RunToolsInput,
  type RunToolsOutputInput,
  type StopCondition,
  type StructuredToolRunResult,
  type ToolOutcome,
  type ToolResultEvent,
  type ToolRunEvent,
  type ToolRunResult,
  type ToolStep,
  type ToolStepEvent,
  type ToolStream,
} from "./client/tools/tool-run.ts";
export type {
  StreamedTranscriptionInput,
  TranscriptionInput,
  TranscriptionProgress,
  TranscriptionStream,
} from "./client/transcription/transcription-input.ts";
export { tool, type Tool, type ToolArguments, type ToolContext, type ToolOptions } from "./client/tools/typed-tool.ts";
export type { RetryBudgetOptions } from "./client/patience/retry-budget.ts";
export type { ReadinessOptions } from "./client/patience/wait-until-ready.ts";
export type { WarmUpOptions, WarmUpResult } from "./client/patience/warm-up.ts";

export { connect, type ConnectedClient, type ConnectOptions, type ServerReport } from "./connect.ts";

export type { AnalysisCheckpoint, AnalysisNote, AnalysisSource, AnalyzedSpeech } from "./core/analysis-checkpoint.ts";
export type { AttemptFailure } from "./core/attempt.ts";
export type { Capabilities, Capability, CapabilityName } from "./core/capability.ts";
export { formatCapabilities, type CapabilityReport } from "./core/capability-report.ts";
export type { DeepPartial } from "./core/deep-partial.ts";
export type { Destination, EgressPolicy } from "./core/egress.ts";
export { InhouseError, isInhouseError, type ErrorDetails, type TimeoutPhase } from "./core/error.ts";
export { errorCodes, type ErrorCode, type ErrorCodeEntry } from "./core/error-codes.ts";
export type * from "./core/event.ts";
export type { CallContext, Handler, Middleware } from "./core/handler.ts";
export type { Health, HealthStatus } from "./core/health.ts";
export { formatIssues, type Issue } from "./core/issue.ts";
export type { JsonSchema } from "./core/json-schema.ts";
export type { TokenLogprob, TokenLogprobs } from "./core/logprobs.ts";
export type { MediaFile, MediaKind, MediaSource } from "./core/media-file.ts";
export type { MediaFitting } from "./core/media-fitting.ts";
export type { AudioFormats, ImageFormats, MediaFormats, MediaSupport } from "./core/media-support.ts";
export type * from "./core/message.ts";
export type { ModelInfo, PromptSize, Provider } from "./core/provider.ts";
export type { Priority } from "./core/priority.ts";
export type * from "./core/request.ts";
export {
  choice,
  grammar,
  json,
  regex,
  type InferOutput,
  type JsonObject,
  type OutputForm,
  type OutputInput,
} from "./core/output-form.ts";
export type { GrammarSyntax, ResponseFormat } from "./core/response-format.ts";
export type * from "./core/result.ts";
export { safeMarkdown, type SafeMarkdownOptions } from "./core/safe-markdown.ts";
export type { Sampling } from "./core/sampling.ts";
export type { InferSchema, Schema, SchemaInput, Validation } from "./core/schema.ts";
export type { StandardSchema } from "./core/standard-schema.ts";
export { toSrt, toVtt, type Subtitled } from "./core/subtitles.ts";
export type * from "./core/transcript.ts";
export type { ToolChoice, ToolDefinition, ToolStrategy } from "./core/tool.ts";
export type { HttpRequest, HttpResponse, Transport, TransportTimeouts } from "./core/transport.ts";

export { egressPolicy, type EgressPolicyOptions } from "./governance/egress-policy.ts";
export type { EgressRule } from "./governance/egress-rule.ts";

export { fetchTransport, type FetchFunction } from "./http/fetch-transport.ts";
export type { TlsOptions, TransportOptions } from "./http/transport-options.ts";
export { createTransport } from "./http/undici-transport.ts";

import type { InhouseError } from "../../core/error.ts";
import type { ModelEvent } from "../../core/event.ts";
import type { Message, ToolCall } from "../../core/message.ts";
import type { OutputInput } from "../../core/output-form.ts";
import type { ChatResult } from "../../core/result.ts";
import type { ChatInput } from "../inputs.ts";
import type { OutputOptions } from "../output/structured-input.ts";
import type { TextStream } from "../text-stream.ts";
import type { ParsedToolCallOf } from "./parse-tool-calls.ts";
import type { Tool } from "./typed-tool.ts";

/** What `runTools()` takes beside the options of `chat()`. */
export interface RunToolsInput<Tools extends readonly Tool[] = readonly Tool[]> extends Omit<ChatInput, "tools" | "n"> {
  /** Made by `tool()`. */
  readonly tools: Tools;
  /** Most answers of the model. Default 10. */
  readonly maxSteps?: number;
  /** Most tools that run at a time. Default 4. */
  readonly concurrency?: number;
  /** Whether to stop after a step that called tools; asked when their results are there. Default: never. */
  readonly stopWhen?: StopCondition;
  /** Called after each step and waited for; what it throws ends the run. */
  onStep?(step: ToolStep): unknown;
  /**
   * Decides about the calls of tools that need approval, one at a time, before any call of that step is executed.
   * Required where a tool needs it; what it throws ends the run.
   */
  approve?(call: ParsedToolCallOf<Tools>): Approval | Promise<Approval>;
}

/** What `runTools()` takes for a run that ends with an answer in a form. */
export interface RunToolsOutputInput<Tools extends readonly Tool[], Given extends OutputInput>
  extends Omit<RunToolsInput<Tools>, "responseFormat" | "grammar">, OutputOptions<Given> {}

/** Whether a call may be executed; a reason is told to the model. */
export type Approval = boolean | { readonly refused: string };

/** Looks at the steps so far, the last one included, and says whether to stop. */
export type StopCondition = (steps: readonly ToolStep[]) => boolean | Promise<boolean>;

/** One answer of the model and what came of its calls. */
export interface ToolStep {
  /** The model's answer, as `chat()` gives it. */
  readonly result: ChatResult;
  /** One for each call that was answered, in the order of the calls. */
  readonly outcomes: readonly ToolOutcome[];
}

/** What came of a call. */
export interface ToolOutcome {
  readonly id: string;
  readonly name: string;
  /** The checked arguments; not there where they could not be read. */
  readonly arguments?: unknown;
  /** What the tool returned. */
  readonly output?: unknown;
  /** What the model is told. */
  readonly content: string;
  /** Why there is no output: `tool` (unknown, does not fit, refused, threw: `cause`) or `timeout` of phase `tool`. */
  readonly error?: InhouseError;
}

/**
 * Why a run ended: the model answered without a call (`answer`), `stopWhen` said so, there were `maxSteps` answers, or
 * tools were called that have no `execute` (`pending-calls`).
 */
export type RunEnd = "answer" | "stop-condition" | "max-steps" | "pending-calls";

/** The last answer of the model; its `usage` and `warnings` are those of all steps. */
export interface ToolRunResult extends ChatResult {
  readonly steps: readonly ToolStep[];
  /** The whole conversation, ready to be gone on with once `pendingToolCalls` are answered. */
  readonly messages: readonly Message[];
  readonly endedBy: RunEnd;
  /** Calls of tools without `execute`, checked: answer each by a message of the role `tool`. */
  readonly pendingToolCalls: readonly ToolCall[];
}

/**
 * A run that was to end with an answer in a form: one that `answer` ended has its `output`, validated. Where the model's
 * answer did not have the form, the one that it was asked for is a step of its own.
 */
export type StructuredToolRunResult<Output> = ToolRunResult &
  (
    | { readonly endedBy: "answer"; readonly output: Output }
    | { readonly endedBy: Exclude<RunEnd, "answer">; readonly output?: undefined }
  );

/** A call was answered: executed, refused, or found not to fit. It comes as soon as it is so, in whichever order calls are done. */
export interface ToolResultEvent {
  readonly type: "tool-result";
  readonly outcome: ToolOutcome;
}

/** A step is over: the answer was read, and its calls were answered. */
export interface ToolStepEvent {
  readonly type: "step";
  /** Counts from 0. */
  readonly index: number;
  readonly step: ToolStep;
}

/** What happens in a run: for each step the events of the model's answer, from `start` to `finish`, the results, and the step. */
export type ToolRunEvent = ModelEvent | ToolResultEvent | ToolStepEvent;

/**
 * A run as it happens. Iterate it for events, or `text` for what the model says in all its answers; leaving the loop ends the
 * model and the tools. `result` is there at the end. It can be read once.
 */
export type ToolStream<Result extends ToolRunResult = ToolRunResult> = Omit<TextStream<Result, ToolRunEvent>, "callId">;

/** Stops when a tool was called: `stopWhen: hasToolCall("answer")`. */
export function hasToolCall(name: string): StopCondition {
  return (steps) => steps.at(-1)?.result.toolCalls.some((call) => call.name === name) ?? false;
}

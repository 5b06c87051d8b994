import type { CallEnd } from "../../core/call-end.ts";
import { checkOptions } from "../../core/check-options.ts";
import type { Message } from "../../core/message.ts";
import type { OutputInput } from "../../core/output-form.ts";
import type { ChatResult } from "../../core/result.ts";
import { arrivals } from "../arrivals.ts";
import { checkCallOptions } from "../call-options.ts";
import { checkList, checkNumber, wrong } from "../check.ts";
import type { TimeoutOptions } from "../inputs.ts";
import { normalizeMessages } from "../normalize-messages.ts";
import { chatKeys, normalizeChat, type Keys } from "../normalize.ts";
import { runOutput } from "../output/run-output.ts";
import { streamed, type OutputControl, type OutputSettings } from "../output/structured-answer.ts";
import { isStructured, withoutOutput, type OutputOptions } from "../output/structured-input.ts";
import { chatResult } from "../results.ts";
import { runSignal } from "../run-signal.ts";
import type { CallRegister } from "../running-calls.ts";
import { sumUsage } from "../sum-usage.ts";
import { answerCalls, type AnsweredCalls, type AnsweringOptions } from "./answer-calls.ts";
import type { RunEnd, RunToolsInput, StopCondition, ToolRunEvent, ToolRunResult, ToolStep } from "./tool-run.ts";

/** What a run needs of its client. */
export interface RunSettings extends OutputSettings {
  /** What the client ends when it is closed. */
  readonly running: CallRegister;
  /** The client's limits. */
  readonly timeouts: TimeoutOptions;
}

/** How one run is run. */
export interface RunControl extends RunSettings, OutputControl {
  /** Ends model and tools. */
  readonly ending: CallEnd;
}

const { n: _oneAnswerOnly, ...chatNames } = chatKeys;
const runKeys: Keys<RunToolsInput> = {
  ...chatNames,
  maxSteps: true,
  concurrency: true,
  stopWhen: true,
  onStep: true,
  approve: true,
};

const outputKeys: Keys<OutputOptions<OutputInput>> = { output: true, outputStrategy: true, maxOutputRetries: true };

/** What a run takes, with an output or without. */
type RunInput = RunToolsInput & Partial<OutputOptions<OutputInput>>;

/**
 * Asks the model, executes the tools that it calls, tells it what came of them, until it answers or something else ends it:
 * yields what happens, and returns the result. An answer that lacks the form it was to have is asked for again in the form.
 */
export async function* toolLoop(
  input: RunInput,
  control: RunControl,
): AsyncGenerator<readonly ToolRunEvent[], ToolRunResult> {
  check(input);
  const { tools, maxSteps = 10, concurrency = 4, stopWhen, onStep, approve, toolChoice, ...options } = input;
  const messages: Message[] = [...normalizeMessages(input.messages)];
  const output = await runOutput(options, control);
  const talk = withoutOutput(options);
  const steps: ToolStep[] = [];
  const { signal, release } = runSignal(input, control);
  const answering = { tools, concurrency, signal, ...(approve ? { approve } : {}) };

  async function* over(step: ToolStep): AsyncGenerator<readonly ToolRunEvent[]> {
    steps.push(step);
    await onStep?.(step);
    yield [{ type: "step", index: steps.length - 1, step }];
  }

  try {
    for (;;) {
      // A call that was forced once is not forced again, or the model could never answer.
      const choice = steps.length === 0 || toolChoice === "none" ? toolChoice : undefined;
      const asked = { ...talk, tools, messages, signal, ...(choice === undefined ? {} : { toolChoice: choice }) };
      const call = control.start(normalizeChat(asked, control.stream), asked);
      control.onCall?.(call);
      yield* streamed(call, control);
      let result = chatResult(call);
      const { outcomes, pending, messages: added } = yield* answered(result, answering);
      messages.push(...added);
      const step = { result, outcomes };
      const formless = output && result.toolCalls.length === 0 && !(await output.ofAnswer(result));
      yield* over(step);
      const endedBy = pending.length > 0 ? "pending-calls" : await endOf(steps, step, stopWhen, maxSteps);
      if (!endedBy) continue;
      if (formless) {
        messages.pop(); // the answer in the form takes its place
        result = yield* output.asked(messages, signal);
        messages.push(result.message);
        yield* over({ result, outcomes: [] });
      }
      return { ...whole(steps, result), steps, messages, endedBy, pendingToolCalls: pending };
    }
  } finally {
    release();
  }
}

/** Answers the calls of an answer; yields each result when it is there. */
async function* answered(
  result: ChatResult,
  options: Omit<AnsweringOptions, "onOutcome">,
): AsyncGenerator<readonly ToolRunEvent[], AnsweredCalls> {
  if (result.toolCalls.length === 0) return answerCalls(result, options);
  const results = arrivals<ToolRunEvent>();
  const answering = answerCalls(result, {
    ...options,
    onOutcome: (outcome) => results.add({ type: "tool-result", outcome }),
  }).finally(results.close);
  answering.catch(() => undefined); // thrown below, unless the reader has left
  for await (const event of results) yield [event];
  return answering;
}

async function endOf(
  steps: readonly ToolStep[],
  last: ToolStep,
  stopWhen: StopCondition | undefined,
  maxSteps: number,
): Promise<RunEnd | undefined> {
  if (last.result.toolCalls.length === 0) return "answer";
  if (await stopWhen?.(steps)) return "stop-condition";
  return steps.length >= maxSteps ? "max-steps" : undefined;
}

function check(input: RunInput): void {
  checkOptions("runTools", input, isStructured(input) ? { ...runKeys, ...outputKeys } : runKeys);
  checkCallOptions(input);
  const { tools, maxSteps, concurrency, approve } = input;
  for (const [index, tool] of checkList("tools", tools).entries()) {
    if (typeof tool === "object" && tool !== null && "schema" in tool) continue;
    throw wrong(`tools[${index}]`, "this tool has no schema to check calls against", "Make it with tool({ … }).");
  }
  if (tools.length === 0) throw wrong("tools", "the list is empty", "Use chat() where there are no tools.");
  if (maxSteps !== undefined) checkNumber("maxSteps", maxSteps, { min: 1, integer: true });
  if (concurrency !== undefined) checkNumber("concurrency", concurrency, { min: 1, integer: true });
  const guarded = tools.find(({ needsApproval }) => needsApproval);
  if (guarded && !approve) throw wrong("approve", `${guarded.name} needs approval, and there is nobody to ask`);
}

/** The last answer, with the usage and the warnings of all. */
function whole(steps: readonly ToolStep[], { usage: _last, ...result }: ChatResult): ChatResult {
  const usage = sumUsage(steps.map((step) => step.result.usage));
  const warnings = steps.flatMap((step) => step.result.warnings);
  const first = warnings.filter(
    ({ option, message }, index) =>
      warnings.findIndex((other) => other.option === option && other.message === message) === index,
  );
  return { ...result, warnings: first, ...(usage === undefined ? {} : { usage }) };
}

import type { CallEnd } from "../core/call-end.ts";
import { checkOptions } from "../core/check-options.ts";
import type { Message } from "../core/message.ts";
import type { ChatResult } from "../core/result.ts";
import { answerCalls, type AnsweredCalls, type AnsweringOptions } from "./answer-calls.ts";
import { arrivals } from "./arrivals.ts";
import { checkCallOptions } from "./call-options.ts";
import { expireAfter, type Call, type StartCall } from "./call.ts";
import { checkList, checkNumber, wrong } from "./check.ts";
import type { TimeoutOptions } from "./inputs.ts";
import { normalizeMessages } from "./normalize-messages.ts";
import { chatKeys, normalizeChat, type Keys } from "./normalize.ts";
import { chatResult } from "./results.ts";
import type { CallRegister } from "./running-calls.ts";
import { sumUsage } from "./sum-usage.ts";
import { mergeTimeouts } from "./timeouts.ts";
import type { RunEnd, RunToolsInput, StopCondition, ToolRunEvent, ToolRunResult, ToolStep } from "./tool-run.ts";

/** What a run needs of its client. */
export interface RunSettings {
  readonly start: StartCall;
  /** What the client ends when it is closed. */
  readonly running: CallRegister;
  /** The client's limits. */
  readonly timeouts: TimeoutOptions;
}

/** How one run is run. */
export interface RunControl extends RunSettings {
  /** Ends model and tools. */
  readonly ending: CallEnd;
  /** The caller wants the model's answers as they come. */
  readonly stream: boolean;
  /** Told of each call to the model before it begins. */
  onCall?(call: Call): void;
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

/**
 * Asks the model, executes the tools that it calls, tells it what came of them, until it answers or something else ends it:
 * yields what happens, and returns the result.
 */
export async function* toolLoop(
  input: RunToolsInput,
  control: RunControl,
): AsyncGenerator<readonly ToolRunEvent[], ToolRunResult> {
  check(input);
  const {
    tools,
    maxSteps = 10,
    concurrency = 4,
    stopWhen,
    onStep,
    approve,
    toolChoice,
    messages: _given,
    ...options
  } = input;
  const messages: Message[] = [...normalizeMessages(input.messages)];
  const steps: ToolStep[] = [];
  const { signal, release } = runSignal(input, control);
  const answering = { tools, concurrency, signal, ...(approve ? { approve } : {}) };
  try {
    for (;;) {
      // A call that was forced once is not forced again, or the model could never answer.
      const choice = steps.length === 0 || toolChoice === "none" ? toolChoice : undefined;
      const asked = { ...options, tools, messages, signal, ...(choice === undefined ? {} : { toolChoice: choice }) };
      const call = control.start(normalizeChat(asked, control.stream), asked);
      control.onCall?.(call);
      yield* call.batches;
      const result = chatResult(call);
      const { outcomes, pending, messages: added } = yield* answered(result, answering);
      messages.push(...added);
      const step = { result, outcomes };
      steps.push(step);
      await onStep?.(step);
      yield [{ type: "step", index: steps.length - 1, step }];
      const endedBy = pending.length > 0 ? "pending-calls" : await endOf(steps, step, stopWhen, maxSteps);
      if (endedBy) return { ...whole(steps, result), steps, messages, endedBy, pendingToolCalls: pending };
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

function check(input: RunToolsInput): void {
  checkOptions("runTools", input, runKeys);
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

/** One signal for model and tools: the caller's, the reader's that leaves, the total limit, and the closing of the client. */
function runSignal({ signal: given, timeout }: RunToolsInput, { ending, running, timeouts }: RunControl) {
  const controller = new AbortController();
  ending.addEventListener("abort", () => controller.abort(ending.reason));
  if (ending.aborted) controller.abort(ending.reason);
  running.add(ending);
  const total = expireAfter(ending, "total", mergeTimeouts(timeouts, timeout).totalMs, 0);
  const signal = given ? AbortSignal.any([given, controller.signal]) : controller.signal;
  function release(): void {
    clearTimeout(total);
    running.delete(ending);
  }
  return { signal, release };
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

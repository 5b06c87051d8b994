import { callEnd, type CallEnd } from "../core/call-end.ts";
import { checkOptions } from "../core/check-options.ts";
import type { Message } from "../core/message.ts";
import type { ChatResult } from "../core/result.ts";
import { answerCalls } from "./answer-calls.ts";
import { checkCallOptions } from "./call-options.ts";
import { checkList, checkNumber, wrong } from "./check.ts";
import type { ChatInput } from "./inputs.ts";
import { normalizeMessages } from "./normalize-messages.ts";
import { chatKeys, type Keys } from "./normalize.ts";
import { sumUsage } from "./sum-usage.ts";
import type { RunEnd, RunToolsInput, StopCondition, ToolRunResult, ToolStep } from "./tool-run.ts";

/** What a run needs of its client. */
export interface RunSettings {
  readonly chat: (input: ChatInput) => Promise<ChatResult>;
  /** What the client ends when it is closed. */
  readonly running: Set<CallEnd>;
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

/** Asks the model, executes the tools that it calls, tells it what came of them, until it answers or something else ends it. */
export async function runTools(input: RunToolsInput, { chat, running }: RunSettings): Promise<ToolRunResult> {
  check(input);
  const { maxSteps = 10, concurrency = 4, stopWhen, onStep, approve, toolChoice, ...options } = input;
  const messages: Message[] = [...normalizeMessages(input.messages)];
  const steps: ToolStep[] = [];
  const { signal, release } = runSignal(input.signal, running);
  const answering = { tools: input.tools, concurrency, signal, ...(approve ? { approve } : {}) };
  try {
    for (;;) {
      // A call that was forced once is not forced again, or the model could never answer.
      const choice = steps.length === 0 || toolChoice === "none" ? toolChoice : undefined;
      const result = await chat({
        ...options,
        messages,
        signal,
        ...(choice === undefined ? {} : { toolChoice: choice }),
      });
      const { outcomes, pending, messages: added } = await answerCalls(result, answering);
      messages.push(...added);
      const step = { result, outcomes };
      steps.push(step);
      await onStep?.(step);
      const endedBy = pending.length > 0 ? "pending-calls" : await endOf(steps, step, stopWhen, maxSteps);
      if (endedBy) return { ...whole(steps, result), steps, messages, endedBy, pendingToolCalls: pending };
    }
  } finally {
    release();
  }
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

/** One signal for model and tools: the caller's, and the closing of the client. */
function runSignal(given: AbortSignal | undefined, running: Set<CallEnd>) {
  const controller = new AbortController();
  const ending = callEnd();
  ending.addEventListener("abort", () => controller.abort(ending.reason));
  running.add(ending);
  const signal = given ? AbortSignal.any([given, controller.signal]) : controller.signal;
  return { signal, release: () => void running.delete(ending) };
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

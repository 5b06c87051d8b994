import { isInhouseError } from "../../core/error.ts";
import type { Batch } from "../../core/event.ts";
import type { ChatResult, StructuredResult } from "../../core/result.ts";
import type { ChatInput } from "../inputs.ts";
import { normalizeChat } from "../normalize.ts";
import { chatResult } from "../results.ts";
import { sumUsage } from "../sum-usage.ts";
import { mergeTimeouts } from "../timeouts.ts";
import type { LoadedOutput } from "./load-output.ts";
import { streamed, structuredAnswer, type OutputControl } from "./structured-answer.ts";
import type { ToolsOrOutput } from "./structured-input.ts";

/** How tools and an output are asked for. */
export interface ToolsThenOutputControl extends OutputControl {
  /** Told, and waited for, before the answer comes that is held to the form; with a text, of one that has it already. */
  onOutput?(text?: string): Promise<void>;
}

/**
 * The model's calls, or where it makes none an answer in a form: yields what is to be streamed, and returns it. Of both at
 * once servers heed one: llama-server (b11434) and Ollama (0.34.2) the form, after which no call can come, vLLM (0.32.0) the
 * tools. So the model is asked with the tools, and unless it calls one or its answer has the form already, once more for the
 * form, without them.
 */
export async function* toolsThenOutput<Output>(
  input: ChatInput,
  loaded: LoadedOutput<Output>,
  control: ToolsThenOutputControl,
): AsyncGenerator<Batch, ToolsOrOutput<Output>> {
  const { totalMs = Number.POSITIVE_INFINITY } = mergeTimeouts(control.timeouts, input.timeout);
  const endsAt = performance.now() + totalMs;
  const call = control.start(normalizeChat(input, control.stream), input);
  control.onCall?.(call);
  let last: Batch | undefined; // which nobody is to see before it is known whether the answer is the output
  for await (const batch of streamed(call, control)) {
    if (batch.at(-1)?.type === "finish") last = batch;
    else yield batch;
  }
  const first = chatResult(call);
  const fitting = first.toolCalls.length > 0 ? undefined : await ifItFits(first, loaded);
  if (fitting) await control.onOutput?.(fitting.text);
  if (last) yield last;
  if (fitting || first.toolCalls.length > 0) return fitting ?? first;
  await control.onOutput?.();
  const timeout = { ...input.timeout, totalMs: Math.max(1, endsAt - performance.now()) };
  return together(first, yield* structuredAnswer({ ...withoutTools(input), timeout }, loaded, control));
}

/** The answer with its output, where it has the form though nobody held it to one. */
export async function ifItFits<Output>(
  answer: ChatResult,
  { check, responseFormat }: LoadedOutput<Output>,
): Promise<StructuredResult<Output> | undefined> {
  if (responseFormat.type === "grammar") return undefined; // which nobody but a server can check
  try {
    return await check(answer);
  } catch (error) {
    if (!isInhouseError(error) || (error.code !== "schema" && error.code !== "output-limit")) throw error;
    return undefined;
  }
}

/** What is asked for a form, where tools were on offer before. */
export const withoutTools = <Input extends ChatInput>({
  tools: _tools,
  toolChoice: _choice,
  toolStrategy: _strategy,
  ...input
}: Input): Omit<Input, "tools" | "toolChoice" | "toolStrategy"> => input;

/** The second answer, with the tokens and the warnings of both. */
function together<Result extends ChatResult>(first: ChatResult, { usage: _own, ...second }: Result) {
  const usage = sumUsage([first.usage, _own]);
  const known = new Set(second.warnings.map(({ message }) => message));
  const warnings = [...first.warnings.filter(({ message }) => !known.has(message)), ...second.warnings];
  return { ...second, warnings, ...(usage === undefined ? {} : { usage }) };
}

import { isInhouseError } from "../core/error.ts";
import type { InferOutput, OutputInput } from "../core/output-form.ts";
import type { ChatResult } from "../core/result.ts";
import type { StartCall } from "./call.ts";
import type { TimeoutOptions } from "./inputs.ts";
import { loadOutput } from "./load-output.ts";
import { normalizeChat } from "./normalize.ts";
import type { KnownCapabilities } from "./output-strategy.ts";
import { chatResult, finished } from "./results.ts";
import { structuredChat } from "./structured-chat.ts";
import type { ToolsOrOutput, ToolsOrOutputInput } from "./structured-input.ts";
import { sumUsage } from "./sum-usage.ts";
import { mergeTimeouts } from "./timeouts.ts";

/**
 * The model's calls, or where it makes none an answer in a form. Few servers take both at once (llama-server b11434 answers
 * 400), so the model is asked with the tools, and unless it calls one or its answer has the form already, once more for the
 * form, without them.
 */
export async function toolsThenOutput<Given extends OutputInput>(
  input: ToolsOrOutputInput<Given>,
  start: StartCall,
  defaults: TimeoutOptions,
  known: KnownCapabilities,
): Promise<ToolsOrOutput<InferOutput<Given>>> {
  const { output, outputStrategy, maxOutputRetries: _retries, ...talk } = input;
  const { totalMs = Number.POSITIVE_INFINITY } = mergeTimeouts(defaults, input.timeout);
  const endsAt = performance.now() + totalMs;
  const { check } = await loadOutput(output, input.model, outputStrategy, known);
  const first = await finished(start(normalizeChat(talk, false), talk), chatResult);
  if (first.toolCalls.length > 0) return first;
  try {
    return await check(first);
  } catch (error) {
    if (!isInhouseError(error) || (error.code !== "schema" && error.code !== "output-limit")) throw error;
  }
  const { tools: _tools, toolChoice: _choice, toolStrategy: _strategy, ...rest } = input;
  const timeout = { ...input.timeout, totalMs: Math.max(1, endsAt - performance.now()) };
  return together(first, await structuredChat<Given>({ ...rest, timeout }, start, defaults, known));
}

/** The second answer, with the tokens and the warnings of both. */
function together<Result extends ChatResult>(first: ChatResult, { usage: _own, ...second }: Result) {
  const usage = sumUsage([first.usage, _own]);
  const known = new Set(second.warnings.map(({ message }) => message));
  const warnings = [...first.warnings.filter(({ message }) => !known.has(message)), ...second.warnings];
  return { ...second, warnings, ...(usage === undefined ? {} : { usage }) };
}

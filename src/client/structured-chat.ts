import { attemptFailure, type AttemptFailure } from "../core/attempt.ts";
import { isInhouseError, withDetails, type InhouseError } from "../core/error.ts";
import { formatIssues } from "../core/issue.ts";
import type { Message } from "../core/message.ts";
import type { InferOutput, OutputInput } from "../core/output-form.ts";
import type { StructuredResult } from "../core/result.ts";
import type { StartCall } from "./call.ts";
import { checkNumber } from "./check.ts";
import type { TimeoutOptions } from "./inputs.ts";
import { loadOutput } from "./load-output.ts";
import { normalizeChat } from "./normalize.ts";
import type { KnownCapabilities } from "./output-strategy.ts";
import { chatResult, finished } from "./results.ts";
import type { StructuredChatInput } from "./structured-input.ts";
import { mergeTimeouts } from "./timeouts.ts";

/**
 * An answer that fits a schema. After one that does not, the model is asked again with the errors, as often as
 * `maxOutputRetries` says and the total limit leaves time for; each try is a call of its own.
 */
export async function structuredChat<Given extends OutputInput>(
  { output, outputStrategy, maxOutputRetries = 0, ...input }: StructuredChatInput<Given>,
  start: StartCall,
  defaults: TimeoutOptions,
  known: KnownCapabilities,
): Promise<StructuredResult<InferOutput<Given>>> {
  const retries = checkNumber("maxOutputRetries", maxOutputRetries, { min: 0, max: 10, integer: true });
  const normalized = normalizeChat(input, false);
  const { asked, wanted, check } = await loadOutput(output, input.model, outputStrategy, known);
  const request = asked(normalized);
  const { totalMs = Number.POSITIVE_INFINITY } = mergeTimeouts(defaults, input.timeout);
  const endsAt = performance.now() + totalMs;
  const failures: AttemptFailure[] = [];

  async function attempt(messages: readonly Message[], leftMs: number): Promise<StructuredResult<InferOutput<Given>>> {
    const startedAt = performance.now();
    try {
      const timeout = { ...input.timeout, totalMs: leftMs };
      const call = start(Object.freeze({ ...request, messages }), { ...input, timeout });
      const result = await check(await finished(call, chatResult));
      return Object.assign(result, { failedAttempts: [...failures, ...result.failedAttempts] });
    } catch (error) {
      if (!isInhouseError(error) || error.code !== "schema") throw error;
      failures.push(attemptFailure(error, performance.now() - startedAt, failures.length + 1));
      const nextMs = endsAt - performance.now();
      if (failures.length > retries || nextMs < 1) throw withDetails(error, { attempts: failures });
      return attempt([...request.messages, ...correction(error, wanted)], nextMs);
    }
  }

  return attempt(request.messages, totalMs);
}

/** The answer that does not fit, and what the model is told of it. */
function correction({ partial, issues = [] }: InhouseError, wanted: string): readonly Message[] {
  return [
    { role: "assistant", content: partial?.text ?? "" },
    {
      role: "user",
      content: `This answer does not fit: ${formatIssues(issues)}. Answer again, with ${wanted}.`,
    },
  ];
}

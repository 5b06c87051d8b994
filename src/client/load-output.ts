import { attemptFailure } from "../core/attempt.ts";
import { isInhouseError, withDetails } from "../core/error.ts";
import type { InferOutput, OutputInput } from "../core/output-form.ts";
import type { ChatRequest } from "../core/request.ts";
import type { ChatResult } from "../core/result.ts";
import type { OutputStrategy, StructuredOutput } from "./checked-output.ts";
import { strategyFor, type KnownCapabilities } from "./output-strategy.ts";
import { promptedRequest, promptedWarning } from "./prompted-output.ts";
import { structuredOutput } from "./structured-output.ts";

/** An output with the request that asks for it. */
export interface LoadedOutput<Output> extends StructuredOutput<Output> {
  asked(request: ChatRequest): ChatRequest;
}

/** What an output means for a call to a model, by what is known of it. */
export async function loadOutput<Given extends OutputInput>(
  given: Given,
  model: string | undefined,
  wish: OutputStrategy | undefined,
  known: KnownCapabilities,
): Promise<LoadedOutput<InferOutput<Given>>> {
  const strategy = await strategyFor(given, model, wish, known);
  const read = structuredOutput(given, strategy);
  const check = (result: ChatResult) => read.check(result).catch((error: unknown) => failAsTry(error, result));
  const output = { ...read, check };
  const { responseFormat, wanted } = output;
  if (strategy === "native") return { ...output, asked: (request) => ({ ...request, responseFormat }) };
  return {
    ...output,
    asked: (request) => promptedRequest(request, wanted),
    check: async (result) => {
      const checked = await check(result);
      return Object.assign(checked, { warnings: [...checked.warnings, promptedWarning] });
    },
  };
}

/** An answer that has not its form is the last of the call's tries. */
function failAsTry(error: unknown, { failedAttempts, timings }: ChatResult): never {
  if (!isInhouseError(error)) throw error;
  const last = attemptFailure(error, timings.totalMs, failedAttempts.length + 1);
  throw withDetails(error, { attempts: [...failedAttempts, last] });
}

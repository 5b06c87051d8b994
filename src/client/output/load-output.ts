import { attemptFailure } from "../../core/attempt.ts";
import { isInhouseError, withDetails } from "../../core/error.ts";
import type { Middleware } from "../../core/handler.ts";
import type { InferOutput, OutputInput } from "../../core/output-form.ts";
import type { ChatRequest } from "../../core/request.ts";
import type { ChatResult } from "../../core/result.ts";
import { checkNumber } from "../check.ts";
import { callAsAnswer, requestOfCall } from "./called-output.ts";
import type { OutputStrategy, StructuredOutput } from "./checked-output.ts";
import { strategyFor, type KnownCapabilities } from "./output-strategy.ts";
import { promptedRequest, promptedWarning } from "./prompted-output.ts";
import { structuredOutput } from "./structured-output.ts";

/** An output with the request that asks for it. */
export interface LoadedOutput<Output> extends StructuredOutput<Output> {
  asked(request: ChatRequest): ChatRequest;
  /** Reads the reply, before anybody else does, where the answer's text is not simply there. */
  readonly read?: Middleware;
  /** How often the model is asked again. */
  readonly retries: number;
}

/** The options of an output, and the model that is to bring it about. */
interface OutputToLoad<Given extends OutputInput> {
  readonly output: Given;
  readonly outputStrategy?: OutputStrategy | undefined;
  readonly maxOutputRetries?: number | undefined;
  readonly model?: string | undefined;
}

/** What the options of an output mean for a call to a model, by what is known of it. */
export async function loadOutput<Given extends OutputInput>(
  { output: given, outputStrategy, maxOutputRetries = 0, model }: OutputToLoad<Given>,
  known: KnownCapabilities,
): Promise<LoadedOutput<InferOutput<Given>>> {
  const retries = checkNumber("maxOutputRetries", maxOutputRetries, { min: 0, max: 10, integer: true });
  const strategy = await strategyFor(given, model, outputStrategy, known);
  const read = structuredOutput(given, strategy);
  const check = (result: ChatResult) => read.check(result).catch((error: unknown) => failAsTry(error, result));
  const output = { ...read, check, retries };
  const { responseFormat, wanted } = output;
  if (strategy === "native") return { ...output, asked: (request) => ({ ...request, responseFormat }) };
  if (strategy === "tool") {
    return { ...output, asked: (request) => requestOfCall(request, responseFormat), read: callAsAnswer };
  }
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

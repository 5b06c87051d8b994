import { attemptFailure, type AttemptFailure } from "../../core/attempt.ts";
import { isInhouseError, withDetails, type InhouseError } from "../../core/error.ts";
import type { Batch } from "../../core/event.ts";
import { formatIssues } from "../../core/issue.ts";
import type { Message } from "../../core/message.ts";
import type { StructuredResult } from "../../core/result.ts";
import type { Call, StartCall } from "../call.ts";
import type { ChatInput, TimeoutOptions } from "../inputs.ts";
import { normalizeChat } from "../normalize.ts";
import { chatResult } from "../results.ts";
import { mergeTimeouts } from "../timeouts.ts";
import type { LoadedOutput } from "./load-output.ts";
import type { KnownCapabilities } from "./output-strategy.ts";

/** What asking for an output needs of its client. */
export interface OutputSettings {
  readonly start: StartCall;
  /** The limits of a call that sets none. */
  readonly timeouts: TimeoutOptions;
  readonly known: KnownCapabilities;
}

/** How an output is asked for. */
export interface OutputControl extends OutputSettings {
  /** The caller wants the model's answers as they come. */
  readonly stream: boolean;
  /** Told of each call to the model before it begins. */
  onCall?(call: Call): void;
}

/**
 * An answer that fits a schema: yields what is to be streamed of it, and returns it. After one that does not fit, the model
 * is asked again with the errors, as often as `maxOutputRetries` says and the total limit leaves time for; each try is a
 * call of its own, and a `retry` stands between what is streamed of two.
 */
export async function* structuredAnswer<Output>(
  input: ChatInput,
  { asked, read, wanted, check, retries }: LoadedOutput<Output>,
  control: OutputControl,
): AsyncGenerator<Batch, StructuredResult<Output>> {
  const request = asked(normalizeChat(input, control.stream));
  const { totalMs = Number.POSITIVE_INFINITY } = mergeTimeouts(control.timeouts, input.timeout);
  const endsAt = performance.now() + totalMs;
  const failures: AttemptFailure[] = [];
  let messages = request.messages;
  let leftMs = totalMs;
  for (;;) {
    const startedAt = performance.now();
    try {
      const timeout = { ...input.timeout, totalMs: leftMs };
      const call = control.start(Object.freeze({ ...request, messages }), { ...input, timeout }, read);
      control.onCall?.(call);
      yield* streamed(call, control);
      const result = await check(chatResult(call));
      return Object.assign(result, { failedAttempts: [...failures, ...result.failedAttempts] });
    } catch (error) {
      if (!isInhouseError(error) || error.code !== "schema") throw error;
      const failure = attemptFailure(error, performance.now() - startedAt, failures.length + 1);
      failures.push(failure);
      leftMs = endsAt - performance.now();
      if (failures.length > retries || leftMs < 1) throw withDetails(error, { attempts: failures });
      messages = [...request.messages, ...correction(error, wanted)];
      if (control.stream) yield [{ type: "retry", failure }];
    }
  }
}

/** Reads a call to its end, and yields what comes where it is to be streamed: else a batch would cost a step for nothing. */
export async function* streamed({ batches }: Call, { stream }: Pick<OutputControl, "stream">): AsyncGenerator<Batch> {
  if (stream) yield* batches;
  else for await (const _ of batches);
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

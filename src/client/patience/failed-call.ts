import { attemptFailure } from "../../core/attempt.ts";
import { isInhouseError, withDetails, type InhouseError } from "../../core/error.ts";
import type { PartialReply } from "../../core/result.ts";

/** How far a call had come when it failed. */
interface FailedCall {
  /** What ended it from outside: its limit, its signal, or the client. */
  readonly ended: InhouseError | undefined;
  /** Something was sent. */
  readonly tried: boolean;
  readonly durationMs: number;
  /** What was received, if any of it was content. */
  readonly delivered: PartialReply | undefined;
}

/** The error with its tries and what was received; after content it is no longer safe to send the call again. */
export function failedCall(failure: unknown, { ended, tried, durationMs, delivered }: FailedCall): unknown {
  const error = ended ? withAttemptsOf(failure, ended) : failure;
  if (!isInhouseError(error)) return error;
  const attempts = error.attempts.length > 0 || !tried ? error.attempts : [attemptFailure(error, durationMs)];
  if (!delivered) return attempts === error.attempts ? error : withDetails(error, { attempts });
  return withDetails(error, { attempts, partial: withHeld(delivered, error.partial), retryable: false });
}

/** What ended the call, with the tries that the error it ended had. */
function withAttemptsOf(error: unknown, ended: InhouseError): InhouseError {
  return isInhouseError(error) && error.attempts.length > 0 ? withDetails(ended, { attempts: error.attempts }) : ended;
}

/** What came, and of what was not delivered what the error holds. */
function withHeld(come: PartialReply, held: PartialReply | undefined): PartialReply {
  const { text = "", toolCalls = [] } = held ?? {};
  return {
    ...held,
    ...come,
    text: come.text || text,
    toolCalls: come.toolCalls.length > 0 ? come.toolCalls : toolCalls,
  };
}

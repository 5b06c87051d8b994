import { isInhouseError, withDetails } from "../core/error.ts";

/** Asks a server something once, beside the calls; an error tells of that one try. */
export async function withAttempt<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  const startedAt = performance.now();
  try {
    return await ask();
  } catch (error) {
    if (!isInhouseError(error) || error.attempts.length > 0) throw error;
    const durationMs = performance.now() - startedAt;
    const { attemptFailure } = await import("../core/attempt.ts"); // which only failures need
    throw withDetails(error, { attempts: [attemptFailure(error, durationMs)] });
  }
}

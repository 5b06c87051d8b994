import type { ChatResult } from "../../core/result.ts";
import type { OutputStrategy } from "./checked-output.ts";

/** What an error tells of an answer that does not have its form. */
export function circumstances({ text, reasoning, toolCalls, model, requestId }: ChatResult, output: unknown) {
  return {
    partial: { text, reasoning, toolCalls, ...(output === undefined ? {} : { output }) },
    ...(model === undefined ? {} : { model }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/** What to do about an answer that an enforced form leaves no way to write. */
export const unappliedHint = (strategy: OutputStrategy): string => hints[strategy];

const hints: Readonly<Record<OutputStrategy, string>> = {
  native: "The server did not apply the schema: look at its log for why, or simplify the schema.",
  tool: "The server did not force the call that carries the output: allow more maxOutputRetries, or try another outputStrategy.",
  prompted: "The model was only asked for the form: a larger one may heed it, or allow more maxOutputRetries.",
};

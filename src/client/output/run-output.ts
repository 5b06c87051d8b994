import type { Message } from "../../core/message.ts";
import type { ChatResult, StructuredResult } from "../../core/result.ts";
import type { ChatInput } from "../inputs.ts";
import type { ToolRunEvent } from "../tools/tool-run.ts";
import { loadOutput } from "./load-output.ts";
import { structuredAnswer, type OutputControl } from "./structured-answer.ts";
import { isStructured, withoutOutput } from "./structured-input.ts";
import { ifItFits, withoutTools } from "./tools-then-output.ts";

/** How the last answer of a run gets the form that was asked for. */
export interface RunOutput {
  /** The answer with its output, where it has the form already. */
  ofAnswer(answer: ChatResult): Promise<StructuredResult<unknown> | undefined>;
  /** An answer to the same conversation that is held to the form. */
  asked(messages: readonly Message[], signal: AbortSignal): AsyncGenerator<readonly ToolRunEvent[], ChatResult>;
}

/** The output that a run is to end with; undefined where its input names none. */
export async function runOutput(input: ChatInput, control: OutputControl): Promise<RunOutput | undefined> {
  if (!isStructured(input)) return undefined;
  const loaded = await loadOutput(input, control.known);
  const talk = withoutTools(withoutOutput(input));
  return {
    ofAnswer: (answer) => ifItFits(answer, loaded),
    asked: (messages, signal) => structuredAnswer({ ...talk, messages, signal }, loaded, control),
  };
}

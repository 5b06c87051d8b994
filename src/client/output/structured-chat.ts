import type { InferOutput, OutputInput } from "../../core/output-form.ts";
import type { StructuredResult } from "../../core/result.ts";
import { runToEnd } from "../tools/run-to-end.ts";
import { loadOutput } from "./load-output.ts";
import { structuredAnswer, type OutputSettings } from "./structured-answer.ts";
import { hasTools, withoutOutput, type StructuredChatInput, type ToolsOrOutput } from "./structured-input.ts";
import { toolsThenOutput } from "./tools-then-output.ts";

/** An answer that fits a schema, or beside tools perhaps their calls, when it is complete. */
export async function structuredChat<Given extends OutputInput>(
  input: StructuredChatInput<Given>,
  settings: OutputSettings,
): Promise<StructuredResult<InferOutput<Given>> | ToolsOrOutput<InferOutput<Given>>> {
  const control = { ...settings, stream: false };
  const loaded = await loadOutput(input, settings.known);
  const talk = withoutOutput(input);
  return runToEnd(hasTools(input) ? toolsThenOutput(talk, loaded, control) : structuredAnswer(talk, loaded, control));
}

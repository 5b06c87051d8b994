import type { ModelEvent } from "../../core/event.ts";
import type { InferOutput, OutputInput } from "../../core/output-form.ts";
import type { Call } from "../call.ts";
import { runReading, type RunReading } from "../run-reading.ts";
import { textStream } from "../text-stream.ts";
import type { StreamedRunSettings } from "../tools/stream-tools.ts";
import { outputViews, type OutputViews } from "./output-views.ts";
import type { PartialOutput, StreamedToolsOrOutputInput, ToolsOrOutput } from "./structured-input.ts";
import type { StructuredStream } from "./structured-stream.ts";

/**
 * The model's calls, or else an answer in a form, as it is generated: the events of one answer, or of two. `text` is what
 * the model says in both, `partials` and `elements()` are of the output alone: of a first answer that has the form already
 * they come at its end. There is no `callId`, since each answer has its own.
 */
export interface ToolsOrOutputStream<Output, Partial = unknown> extends Omit<
  StructuredStream<Output, Partial>,
  "callId" | "result"
> {
  /** What `chat()` gives: calls, or else the output. */
  readonly result: Promise<ToolsOrOutput<Output>>;
}

/** A stream over the one call, or the two, that tools and an output take. What it takes is loaded with the first read. */
export function toolsOrOutputStream<Given extends OutputInput>(
  input: StreamedToolsOrOutputInput<Given>,
  settings: StreamedRunSettings,
): ToolsOrOutputStream<InferOutput<Given>, PartialOutput<Given>> {
  const {
    reader,
    source,
  }: RunReading<ModelEvent, ToolsOrOutput<InferOutput<Given>>> = runReading(async function* ({ ending, tell }) {
    settings.checkOpen();
    const { toolsOrOutputRun } = await import("./tools-or-output-run.ts");
    const onCall = (call: Call): void => tell(call.partial);
    return yield* toolsOrOutputRun(input, settings, { ending, onCall, onOutput: views.begin });
  });
  const views: OutputViews = outputViews(reader, source);
  const { partials, elements } = views;
  return textStream(reader, { partials, elements }) as ToolsOrOutputStream<InferOutput<Given>, PartialOutput<Given>>;
}

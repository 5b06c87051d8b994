import { callEnd } from "../core/call-end.ts";
import { deferred } from "../core/deferred.ts";
import type { Batch, ModelEvent } from "../core/event.ts";
import type { InferOutput, OutputInput } from "../core/output-form.ts";
import type { PartialReply } from "../core/result.ts";
import type { Call } from "./call.ts";
import { outputViews } from "./output-views.ts";
import { runSignal } from "./run-signal.ts";
import { streamReader, type Readable } from "./stream-reader.ts";
import type { StreamedRunSettings } from "./stream-tools.ts";
import type { PartialOutput, StreamedToolsOrOutputInput, ToolsOrOutput } from "./structured-input.ts";
import type { StructuredStream } from "./structured-stream.ts";
import { textStream } from "./text-stream.ts";

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

const nothing: PartialReply = { text: "", reasoning: "", toolCalls: [] };

/** A stream over the one call, or the two, that tools and an output take. What it takes is loaded with the first read. */
export function toolsOrOutputStream<Given extends OutputInput>(
  { output, outputStrategy, ...input }: StreamedToolsOrOutputInput<Given>,
  settings: StreamedRunSettings,
): ToolsOrOutputStream<InferOutput<Given>, PartialOutput<Given>> {
  const ending = callEnd();
  let call: Call | undefined;
  let result: ToolsOrOutput<InferOutput<Given>> | undefined;

  async function* run(): AsyncGenerator<Batch> {
    settings.checkOpen();
    const [{ loadOutput }, { toolsThenOutput }] = await Promise.all([
      import("./load-output.ts"),
      import("./tools-then-output.ts"),
    ]);
    const loaded = await loadOutput({ ...input, output, outputStrategy }, settings.known);
    const { signal, release } = runSignal(input, { ...settings, ending });
    try {
      result = yield* toolsThenOutput({ ...input, signal }, loaded, {
        ...settings,
        stream: true,
        onCall: (begun) => void (call = begun),
        onOutput: (text) => views.begin(loaded, text),
      });
    } finally {
      release();
    }
  }

  const source: Readable<ModelEvent> = {
    batches: deferred(async () => run()),
    leave: (error) => ending.abort(error),
    partial: () => call?.partial() ?? nothing,
    finished: () => result !== undefined,
  };
  const reader = streamReader(source, () => result as ToolsOrOutput<InferOutput<Given>>);
  const views = outputViews(reader, source);
  const { partials, elements } = views;
  return textStream(reader, { partials, elements }) as ToolsOrOutputStream<InferOutput<Given>, PartialOutput<Given>>;
}

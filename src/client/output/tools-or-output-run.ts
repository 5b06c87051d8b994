import type { CallEnd } from "../../core/call-end.ts";
import type { Batch } from "../../core/event.ts";
import type { InferOutput, OutputInput } from "../../core/output-form.ts";
import type { Call } from "../call.ts";
import { runSignal } from "../run-signal.ts";
import type { StreamedRunSettings } from "../tools/stream-tools.ts";
import { loadOutput, type LoadedOutput } from "./load-output.ts";
import type { StreamedToolsOrOutputInput, ToolsOrOutput } from "./structured-input.ts";
import { toolsThenOutput } from "./tools-then-output.ts";

/** What a run tells of, and what ends it. */
interface RunControl<Output> {
  readonly ending: CallEnd;
  readonly onCall: (call: Call) => void;
  /** The answer that comes next is the output; with a text, the one that just came. */
  readonly onOutput: (output: LoadedOutput<Output>, text?: string) => Promise<void>;
}

/** The one call, or the two, that tools and an output take: yields what is to be streamed, and returns the result. */
export async function* toolsOrOutputRun<Given extends OutputInput>(
  { output, outputStrategy, ...input }: StreamedToolsOrOutputInput<Given>,
  settings: StreamedRunSettings,
  { ending, onCall, onOutput }: RunControl<InferOutput<Given>>,
): AsyncGenerator<Batch, ToolsOrOutput<InferOutput<Given>>> {
  const loaded = await loadOutput({ ...input, output, outputStrategy }, settings.known);
  const { signal, release } = runSignal(input, { ...settings, ending });
  try {
    return yield* toolsThenOutput({ ...input, signal }, loaded, {
      ...settings,
      stream: true,
      onCall,
      onOutput: (text) => onOutput(loaded, text),
    });
  } finally {
    release();
  }
}

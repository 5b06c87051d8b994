import { runReading } from "./run-reading.ts";
import { textStream } from "./text-stream.ts";
import type { RunSettings } from "./tool-loop.ts";
import type { RunToolsInput, ToolRunEvent, ToolRunResult, ToolStream } from "./tool-run.ts";

/** What a run that is handed out needs of its client. */
export interface StreamedRunSettings extends RunSettings {
  /** Throws `closed` when the client was closed before the run began. */
  readonly checkOpen: () => void;
}

/** A run of a model and its tools as it happens. Nothing is sent before somebody reads; what it takes is loaded then. */
export function streamTools(input: RunToolsInput, settings: StreamedRunSettings): ToolStream {
  const { reader } = runReading<ToolRunEvent, ToolRunResult>(async function* (hooks) {
    settings.checkOpen();
    const { toolLoop } = await import("./tool-loop.ts");
    return yield* toolLoop(input, { ...settings, ...hooks, stream: true });
  });
  return textStream(reader, {});
}

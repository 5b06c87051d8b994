import { runStream } from "../run-reading.ts";
import type { RunSettings } from "./tool-loop.ts";
import type { RunToolsInput, ToolRunEvent, ToolRunResult, ToolStream } from "./tool-run.ts";

/** What a run that is handed out needs of its client. */
export interface StreamedRunSettings extends RunSettings {
  /** Throws `closed` when the client was closed before the run began. */
  readonly checkOpen: () => void;
}

/** A run of a model and its tools as it happens. Nothing is sent before somebody reads; what it takes is loaded then. */
export function streamTools(input: RunToolsInput, settings: StreamedRunSettings): ToolStream {
  return runStream<ToolRunEvent, ToolRunResult>(settings.checkOpen, async ({ ending, tell }) => {
    const { toolLoop } = await import("./tool-loop.ts");
    return toolLoop(input, { ...settings, ending, stream: true, onCall: (call) => tell(call.partial) });
  });
}

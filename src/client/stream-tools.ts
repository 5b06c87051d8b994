import { callEnd } from "../core/call-end.ts";
import { deferred } from "../core/deferred.ts";
import type { PartialReply } from "../core/result.ts";
import type { Call } from "./call.ts";
import { streamReader, type Readable } from "./stream-reader.ts";
import { textStream } from "./text-stream.ts";
import type { RunSettings } from "./tool-loop.ts";
import type { RunToolsInput, ToolRunEvent, ToolRunResult, ToolStream } from "./tool-run.ts";

const nothing: PartialReply = { text: "", reasoning: "", toolCalls: [] };

/** What a run that is handed out needs of its client. */
export interface StreamedRunSettings extends RunSettings {
  /** Throws `closed` when the client was closed before the run began. */
  readonly checkOpen: () => void;
}

/** A run of a model and its tools as it happens. Nothing is sent before somebody reads; what it takes is loaded then. */
export function streamTools(input: RunToolsInput, settings: StreamedRunSettings): ToolStream {
  const ending = callEnd();
  let call: Call | undefined;
  let result: ToolRunResult | undefined;

  async function* run(): AsyncGenerator<readonly ToolRunEvent[]> {
    settings.checkOpen();
    const { toolLoop } = await import("./tool-loop.ts");
    const onCall = (begun: Call): void => void (call = begun);
    result = yield* toolLoop(input, { ...settings, ending, stream: true, onCall });
  }

  const source: Readable<ToolRunEvent> = {
    batches: deferred(async () => run()),
    leave: (error) => ending.abort(error),
    partial: () => call?.partial() ?? nothing,
    finished: () => result !== undefined,
  };
  return textStream(
    streamReader(source, () => result as ToolRunResult),
    {},
  );
}

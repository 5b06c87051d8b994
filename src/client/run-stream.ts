import { runReading, type RunEnding } from "./run-reading.ts";
import { textStream, type Typed } from "./text-stream.ts";

/** A run of several calls as a stream. Nothing is sent before somebody reads; what the run takes is loaded then. */
export function runStream<Event extends Typed, Result>(
  checkOpen: () => void,
  begin: (control: RunEnding) => Promise<AsyncGenerator<readonly Event[], Result>>,
) {
  const { reader } = runReading<Event, Result>(async function* (control) {
    checkOpen();
    return yield* await begin(control);
  });
  return textStream(reader, {});
}

import { callEnd, type CallEnd } from "../core/call-end.ts";
import { deferred } from "../core/deferred.ts";
import type { PartialReply } from "../core/result.ts";
import { streamReader } from "./stream-reader.ts";
import { textStream, type Typed } from "./text-stream.ts";

/** How a run of several calls, and who reads it, know of each other. */
export interface RunEnding {
  /** Ends the run. */
  readonly ending: CallEnd;
  /** Says how to learn what has come so far. */
  tell(partial: () => PartialReply): void;
}

const nothing: PartialReply = { text: "", reasoning: "", toolCalls: [] };

/** A run of several calls as a stream. Nothing is sent before somebody reads; what the run takes is loaded then. */
export function runStream<Event extends Typed, Result>(
  checkOpen: () => void,
  begin: (control: RunEnding) => Promise<AsyncGenerator<readonly Event[], Result>>,
) {
  const ending = callEnd();
  let partial = (): PartialReply => nothing;
  let done: { readonly result: Result } | undefined;

  async function* run(): AsyncGenerator<readonly Event[]> {
    checkOpen();
    const result = yield* await begin({ ending, tell: (told) => void (partial = told) });
    done = { result };
  }

  const source = {
    batches: deferred(async () => run()),
    leave: (error: unknown) => ending.abort(error),
    partial: () => partial(),
    finished: () => done !== undefined,
  };
  const reader = streamReader<Result, Event, typeof source>(source, () => (done as { readonly result: Result }).result);
  return textStream(reader, {});
}

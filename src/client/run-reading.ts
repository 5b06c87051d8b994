import { callEnd, type CallEnd } from "../core/call-end.ts";
import { deferred } from "../core/deferred.ts";
import type { PartialReply } from "../core/result.ts";
import { streamReader, type Readable, type StreamReader } from "./stream-reader.ts";

/** How a run of several calls, and who reads it, know of each other. */
export interface RunEnding {
  /** Ends the run. */
  readonly ending: CallEnd;
  /** Says how to learn what has come so far. */
  tell(partial: () => PartialReply): void;
}

/** A run as it is read. */
export interface RunReading<Event, Result> {
  readonly reader: StreamReader<Result, Event>;
  readonly source: Readable<Event>;
}

const nothing: PartialReply = { text: "", reasoning: "", toolCalls: [] };

/** Reads a run of several calls once; it begins with the first read. */
export function runReading<Event, Result>(
  run: (control: RunEnding) => AsyncGenerator<readonly Event[], Result>,
): RunReading<Event, Result> {
  const ending = callEnd();
  let partial = (): PartialReply => nothing;
  let ended: { readonly result: Result } | undefined;

  async function* running(): AsyncGenerator<readonly Event[]> {
    ended = { result: yield* run({ ending, tell: (told) => void (partial = told) }) };
  }

  const source: Readable<Event> = {
    batches: deferred(async () => running()),
    leave: (error) => ending.abort(error),
    partial: () => partial(),
    finished: () => ended !== undefined,
  };
  return { reader: streamReader(source, () => (ended as { readonly result: Result }).result), source };
}

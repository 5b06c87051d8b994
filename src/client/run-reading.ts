import { callEnd, type CallEnd } from "../core/call-end.ts";
import { deferred } from "../core/deferred.ts";
import type { Call } from "./call.ts";
import { streamReader, type Readable, type StreamReader } from "./stream-reader.ts";

/** What a run of several calls is given by who reads it. */
export interface RunHooks {
  /** Ends the run. */
  readonly ending: CallEnd;
  /** Told of each call. */
  readonly onCall: (call: Call) => void;
}

/** A run as it is read. */
export interface RunReading<Event, Result> {
  readonly reader: StreamReader<Result, Event>;
  readonly source: Readable<Event>;
}

/** Reads a run of several calls once; it begins with the first read. */
export function runReading<Event, Result>(
  run: (hooks: RunHooks) => AsyncGenerator<readonly Event[], Result>,
): RunReading<Event, Result> {
  const ending = callEnd();
  let call: Call | undefined;
  let ended: { readonly result: Result } | undefined;

  async function* running(): AsyncGenerator<readonly Event[]> {
    ended = { result: yield* run({ ending, onCall: (begun) => void (call = begun) }) };
  }

  const source: Readable<Event> = {
    batches: deferred(async () => running()),
    leave: (error) => ending.abort(error),
    partial: () => call?.partial() ?? { text: "", reasoning: "", toolCalls: [] },
    finished: () => ended !== undefined,
  };
  return { reader: streamReader(source, () => (ended as { readonly result: Result }).result), source };
}

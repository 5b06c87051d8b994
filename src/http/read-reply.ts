import { InhouseError, isInhouseError, withDetails } from "../core/error.ts";
import { isContent, type Batch, type ModelEvent } from "../core/event.ts";
import type { Frame, Framing } from "./framing.ts";
import { isObject, parseJson, type JsonObject } from "./json.ts";
import type { WireRequest } from "./wire-request.ts";

/** What a read of the socket, or the end of the reply, comes to. */
export interface Decoded {
  readonly batch: Batch;
  /** Nothing more of the reply is of interest. */
  readonly over: boolean;
  /** What the server reported instead of going on; the batch holds what came before, which the caller is to see first. */
  readonly report?: JsonObject;
  /** Why decoding stopped, after the batch. */
  readonly failure?: InhouseError;
}

/** Decodes one reply. */
export interface ReplyReader {
  feed(bytes: Uint8Array): Decoded;
  end(): Decoded;
  /** Content has come. */
  begun(): boolean;
}

/** A reader of a reply in the given framing; `secrets` are masked where a server's words are quoted. */
export function replyReader(wire: WireRequest, framing: Framing, secrets: readonly string[]): ReplyReader {
  const { decoder, includeRaw } = wire; // and not its body, which would be kept while the reply comes
  let begun = false;
  let values = 0;

  function valueOf({ data, event }: Frame, last: boolean): unknown {
    if (event === "error") return errorValue(data);
    try {
      return parseJson(data, secrets);
    } catch (error) {
      if (!last || !begun) throw error;
      // Cut by the end of a stream it is no bad JSON, but a reply that is not whole.
      throw new InhouseError("truncated", "The reply ended in the middle of an event: the server or a proxy cut it.");
    }
  }

  /** Decodes what the bytes complete; without bytes, what the end of the reply does. */
  function decode(bytes?: Uint8Array): Decoded {
    const batch: ModelEvent[] = [];
    const last = bytes === undefined;
    try {
      for (const frame of last ? framing.end() : framing.feed(bytes)) {
        const done = frame.data === "[DONE]";
        if (!done) {
          const value = valueOf(frame, last);
          values += 1;
          if (isObject(value) && value["error"]) return { batch, over: true, report: value };
          if (includeRaw) batch.push({ type: "raw", value });
          decoder.value(value, batch);
        }
        if (!done && !decoder.complete) continue;
        decoder.end(batch);
        return { batch, over: true };
      }
      if (last) decoder.end(batch);
      return { batch, over: last };
    } catch (error) {
      const failure = asInhouseError(error);
      // JSON that is no answer is what this server says, and will say again.
      const lasting = failure.code === "protocol" && values > 0;
      return { batch, over: true, failure: lasting ? withDetails(failure, { retryable: false }) : failure };
    } finally {
      begun ||= batch.some(isContent);
    }
  }

  return {
    feed: decode,
    end: () => decode(),
    begun: () => begun,
  };
}

/** An `event: error` whose data may be an error object, an object that holds one, or plain words. */
function errorValue(data: string): unknown {
  try {
    const value = parseJson(data);
    return isObject(value) && value["error"] ? value : { error: value };
  } catch {
    return { error: data };
  }
}

/** An error of our own kind; anything else would be a mistake in a decoder, and is reported as one. */
export function asInhouseError(error: unknown): InhouseError {
  if (isInhouseError(error)) return error;
  return new InhouseError("protocol", "The reply could not be decoded.", { cause: error });
}

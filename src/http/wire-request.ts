import type { ModelEvent } from "../core/event.ts";
import type { Warning } from "../core/result.ts";
import type { Base64Value } from "./base64-value.ts";
import type { Framing } from "./framing.ts";
import type { Form } from "./multipart.ts";

/** Turns the JSON values of one reply into events. */
export interface Decoder {
  /** Appends the events of one value. Throws `protocol` for what it does not understand. */
  value(value: unknown, batch: ModelEvent[]): void;
  /** The reply said that it is complete, so what may follow is of no interest. */
  readonly complete: boolean;
  /** At the end of the reply: appends what is left and `finish`, or throws `truncated`. */
  end(batch: ModelEvent[]): void;
}

/** A request as one server understands it, and how to read the reply. */
export interface WireRequest {
  readonly path: string;
  readonly body: unknown;
  /** The values of `body` that are files, if it has some. */
  readonly files?: readonly Base64Value[];
  /** Sent as `multipart/form-data`; then `body` is undefined. */
  readonly form?: Form;
  /** How the reply is cut into values: `sse`, `ndjson` or `wholeBody`. */
  readonly framing: () => Framing;
  readonly decoder: Decoder;
  /** What of the request was translated or left out. */
  readonly warnings: readonly Warning[];
  readonly model: string | undefined;
  readonly includeRaw: boolean;
}

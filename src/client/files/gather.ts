import { InhouseError } from "../../core/error.ts";
import { headBytes } from "./opened-file.ts";

/** What is read in pieces, once: its beginning first, and the rest when it is asked for. */
export interface Gathered {
  head(): Promise<Uint8Array>;
  bytes(): Promise<Uint8Array>;
  /** Ends the source where it has not been read to its end. */
  discard(): Promise<void>;
}

/** How a source of pieces is read. */
export interface GatherSettings {
  /** Its length, where it is known: then its bytes are held once, and not twice for a moment. */
  readonly sizeBytes?: number | undefined;
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
  /** What it is called in errors. */
  readonly label: string;
}

/** Reads a source of pieces within a bound. Rejects with `limit` over it, and with `invalid-request` for pieces that are no bytes. */
export function gather(source: AsyncIterable<unknown>, settings: GatherSettings): Gathered {
  const { maxBytes, label, signal, sizeBytes } = settings;
  const pieces: Uint8Array[] = [];
  let length = 0;
  let iterator: AsyncIterator<unknown> | undefined;
  let over = false;
  let reading: Promise<Uint8Array> | undefined;

  /** One piece more; false at the end. */
  async function more(): Promise<boolean> {
    if (over) return false;
    iterator ??= source[Symbol.asyncIterator]();
    const step = await nextOf(iterator, signal);
    over = step.done === true;
    if (over) return false;
    if (!(step.value instanceof Uint8Array)) {
      throw new InhouseError("invalid-request", `${label}: the stream gave something that is no Uint8Array.`);
    }
    length += step.value.length;
    if (length > maxBytes) throw tooLarge(label, maxBytes);
    pieces.push(step.value);
    return true;
  }

  async function discard(): Promise<void> {
    if (over) return;
    over = true;
    pieces.length = 0;
    await iterator?.return?.();
  }

  async function until(enough: () => boolean): Promise<void> {
    try {
      while (!enough() && (await more()));
    } catch (error) {
      void discard().catch(() => undefined); // what is wrong has been said
      throw error;
    }
  }

  async function all(): Promise<Uint8Array> {
    if (sizeBytes === undefined) {
      await until(() => false);
      return Buffer.concat(pieces, length);
    }
    const whole = Buffer.allocUnsafeSlow(sizeBytes);
    let at = 0;
    const take = (): boolean => {
      for (const piece of pieces.splice(0)) {
        if (at + piece.length > sizeBytes) throw changed(label);
        whole.set(piece, at);
        at += piece.length;
      }
      return false;
    };
    await until(take);
    take();
    if (at < sizeBytes) throw changed(label);
    return whole;
  }

  return {
    async head() {
      await until(() => length >= headBytes);
      return Buffer.concat(pieces).subarray(0, headBytes);
    },
    bytes: () => (reading ??= all()),
    discard,
  };
}

/** The error of a file that is larger than it may be. */
export function tooLarge(label: string, maxBytes: number): InhouseError {
  return new InhouseError("limit", `${label} has more than ${maxBytes} bytes.`, {
    hint: "Raise media.maxFileBytes of the client, or send less of it.",
  });
}

const changed = (label: string): InhouseError =>
  new InhouseError("invalid-request", `${label} has another length than it said: it was changed, or cut.`);

/** The next piece, or the end of the call: a source that is silent must not hold it. */
function nextOf(iterator: AsyncIterator<unknown>, signal: AbortSignal | undefined): Promise<IteratorResult<unknown>> {
  if (!signal) return iterator.next();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    const end = (): void => signal.removeEventListener("abort", onAbort);
    iterator.next().then(resolve, reject).finally(end);
    return undefined;
  });
}

import { isInhouseError, withDetails } from "../../core/error.ts";
import type { Readable, StreamReader } from "../stream-reader.ts";
import { textOf, type Typed } from "../text-stream.ts";
import type { FinishedElements } from "./finished-elements.ts";
import type { LoadedOutput } from "./load-output.ts";

/** The ways to read an output while it comes. */
export interface OutputViews {
  readonly partials: AsyncIterable<unknown>;
  elements(key?: string): AsyncIterable<unknown>;
  /** The answer that comes next is the output; with a text, the one that just came, whole. */
  begin(output: LoadedOutput<unknown>, text?: string): Promise<void>;
}

/** Reads partial values, or elements that are finished, out of the text of a reply. Before `begin` text is no output. */
export function outputViews<Event extends Typed>(
  reader: StreamReader<unknown, Event>,
  call: Pick<Readable<Event>, "leave" | "partial">,
): OutputViews {
  let partialAfter: ((text: string) => unknown) | undefined;
  let listAt: { readonly key: string | undefined } | undefined; // whose elements are read
  let finished: FinishedElements | undefined;
  let whole: string | undefined; // a text that came before it was known to be the output
  let last: unknown; // what is known so far

  async function begin({ partials, responseFormat }: LoadedOutput<unknown>, text?: string): Promise<void> {
    partialAfter = partials();
    whole = text;
    if (!listAt) return;
    const { finishedElements } = await import("./finished-elements.ts");
    finished = await finishedElements(responseFormat, listAt.key);
  }

  function partialOf(event: Event): unknown {
    const text = whole ?? textOf(event);
    if (text === undefined) return undefined;
    whole = undefined;
    try {
      return partialAfter?.(text);
    } catch (error) {
      if (isInhouseError(error)) call.leave(error); // the read that follows throws it, with the text that came
      return undefined;
    }
  }

  function elementsOf(event: Event): readonly unknown[] | undefined {
    last = partialOf(event) ?? last;
    try {
      const ready = finished?.(last) ?? [];
      return ready.length > 0 ? ready : undefined;
    } catch (error) {
      if (!isInhouseError(error)) throw error;
      call.leave(withDetails(error, { partial: { ...call.partial(), output: last } }));
      return undefined;
    }
  }

  async function* elements(key?: string): AsyncGenerator {
    listAt = { key };
    let told = 0;
    for await (const ready of { [Symbol.asyncIterator]: () => reader.read(elementsOf) }) {
      told += ready.length;
      yield* ready;
    }
    const { listIn } = await import("./finished-elements.ts");
    yield* listIn(last, key).slice(told); // the whole output was validated
  }

  return { partials: { [Symbol.asyncIterator]: () => reader.read(partialOf) }, elements, begin };
}

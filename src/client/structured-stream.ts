import { deferred } from "../core/deferred.ts";
import { isInhouseError, withDetails } from "../core/error.ts";
import type { ModelEvent } from "../core/event.ts";
import type { InferOutput, OutputInput } from "../core/output-form.ts";
import type { StructuredResult } from "../core/result.ts";
import type { StartCall } from "./call.ts";
import type { FinishedElements } from "./finished-elements.ts";
import type { LoadedOutput } from "./load-output.ts";
import { normalizeChat } from "./normalize.ts";
import type { KnownCapabilities } from "./output-strategy.ts";
import { chatResult } from "./results.ts";
import { streamReader } from "./stream-reader.ts";
import type { PartialOutput, StructuredInput } from "./structured-input.ts";
import { textOf, textStream, type TextStream } from "./text-stream.ts";

/** A reply that must fit a schema, as it is generated. */
export interface StructuredStream<Output, Partial = unknown> extends TextStream<StructuredResult<Output>> {
  /**
   * What is known of the output, at every piece of text: one live value that grows, so copy what you keep. The loop ends
   * once the whole output was validated, and throws `schema` as soon as the text is no JSON: then the server stops.
   */
  readonly partials: AsyncIterable<Partial>;
  /**
   * The elements of a list, one after the other, each as soon as it is finished, and checked against the JSON Schema of
   * the elements: before defaults and transformations. The list is the output itself, or what it has under a key. Throws
   * `schema` at the first element that does not fit: then the server stops. Rejects with `unsupported` where the schema
   * has no such list.
   */
  elements<Key extends ListKey<Partial>>(key: Key): AsyncIterable<Element<NonNullable<Partial>[Key]>>;
  elements(): AsyncIterable<Element<Partial>>;
}

/** The type of a list's elements; `unknown` where it is not known to be one. */
export type Element<List> = [NonNullable<List>] extends [readonly (infer Item)[]] ? Item : unknown;

/** The keys under which an object has a list. */
export type ListKey<Value> = {
  [Key in keyof NonNullable<Value>]-?: NonNullable<NonNullable<Value>[Key]> extends readonly unknown[] ? Key : never;
}[keyof NonNullable<Value>];

/** A stream over a call whose answer must fit a schema. What that takes is loaded with the first read. */
export function structuredStream<Given extends OutputInput>(
  { output, outputStrategy, ...input }: StructuredInput<Given>,
  start: StartCall,
  known: KnownCapabilities,
): StructuredStream<InferOutput<Given>, PartialOutput<Given>> {
  let loading: Promise<LoadedOutput<InferOutput<Given>>> | undefined;
  let partialAfter: ((text: string) => unknown) | undefined;
  let listAt: { readonly key: string | undefined } | undefined; // whose elements are read
  let finished: FinishedElements | undefined;
  const structured = () =>
    (loading ??= import("./load-output.ts").then(({ loadOutput }) =>
      loadOutput(output, input.model, outputStrategy, known),
    ));

  const call = start(normalizeChat(input, true), input, (request, context, next) =>
    deferred(async () => {
      const { partials, asked, responseFormat } = await structured();
      partialAfter = partials();
      if (listAt) {
        const { finishedElements } = await import("./finished-elements.ts");
        finished = await finishedElements(responseFormat, listAt.key);
      }
      return next(Object.freeze(request.kind === "chat" ? asked(request) : request), context);
    }),
  );
  const reader = streamReader(call, async () => (await structured()).check(chatResult(call)));

  function partialOf(event: ModelEvent): PartialOutput<Given> | undefined {
    const text = textOf(event);
    if (text === undefined) return undefined;
    try {
      return partialAfter?.(text) as PartialOutput<Given> | undefined;
    } catch (error) {
      if (isInhouseError(error)) call.leave(error); // the read that follows throws it, with the text that came
      return undefined;
    }
  }

  let last: unknown; // what is known so far

  function elementsOf(event: ModelEvent): readonly unknown[] | undefined {
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

  const partials = { [Symbol.asyncIterator]: () => reader.read(partialOf) };
  const stream = textStream(reader, { callId: call.id, partials, elements });
  return stream as StructuredStream<InferOutput<Given>, PartialOutput<Given>>;
}

import { deferred } from "../core/deferred.ts";
import { isInhouseError } from "../core/error.ts";
import type { ModelEvent } from "../core/event.ts";
import type { InferOutput, OutputInput } from "../core/output-form.ts";
import type { StructuredResult } from "../core/result.ts";
import type { StartCall } from "./call.ts";
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
}

/** A stream over a call whose answer must fit a schema. What that takes is loaded with the first read. */
export function structuredStream<Given extends OutputInput>(
  { output, outputStrategy, ...input }: StructuredInput<Given>,
  start: StartCall,
  known: KnownCapabilities,
): StructuredStream<InferOutput<Given>, PartialOutput<Given>> {
  let loading: Promise<LoadedOutput<InferOutput<Given>>> | undefined;
  let partialAfter: ((text: string) => unknown) | undefined;
  const structured = () =>
    (loading ??= import("./load-output.ts").then(({ loadOutput }) =>
      loadOutput(output, input.model, outputStrategy, known),
    ));

  const call = start(normalizeChat(input, true), input, (request, context, next) =>
    deferred(async () => {
      const { partials, asked } = await structured();
      partialAfter = partials();
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

  const partials = { [Symbol.asyncIterator]: () => reader.read(partialOf) };
  return textStream(reader, { callId: call.id, partials });
}

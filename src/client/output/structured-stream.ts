import { deferred } from "../../core/deferred.ts";
import type { InferOutput, OutputInput } from "../../core/output-form.ts";
import type { StructuredResult } from "../../core/result.ts";
import { normalizeChat } from "../normalize.ts";
import { chatResult } from "../results.ts";
import { streamReader } from "../stream-reader.ts";
import { textStream, type TextStream } from "../text-stream.ts";
import type { LoadedOutput } from "./load-output.ts";
import { outputViews } from "./output-views.ts";
import type { OutputSettings } from "./structured-answer.ts";
import type { PartialOutput, StructuredInput } from "./structured-input.ts";

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
  { start, known }: OutputSettings,
): StructuredStream<InferOutput<Given>, PartialOutput<Given>> {
  let loading: Promise<LoadedOutput<InferOutput<Given>>> | undefined;
  const structured = () =>
    (loading ??= import("./load-output.ts").then(({ loadOutput }) =>
      loadOutput({ ...input, output, outputStrategy }, known),
    ));

  const call = start(normalizeChat(input, true), input, (request, context, next) =>
    deferred(async () => {
      const loaded = await structured();
      await views.begin(loaded);
      const asked = Object.freeze(request.kind === "chat" ? loaded.asked(request) : request);
      return loaded.read ? loaded.read(asked, context, next) : next(asked, context);
    }),
  );
  const reader = streamReader(call, async () => (await structured()).check(chatResult(call)));
  const views = outputViews(reader, call);
  const { partials, elements } = views;
  const stream = textStream(reader, { callId: call.id, partials, elements });
  return stream as StructuredStream<InferOutput<Given>, PartialOutput<Given>>;
}

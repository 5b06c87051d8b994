import { expectTypeOf, test } from "vitest";
import { z } from "zod";

import {
  choice,
  createClient,
  json,
  regex,
  type ChatResult,
  type DeepPartial,
  type JsonObject,
  type StructuredResult,
  type StructuredStream,
} from "../../src/index.ts";
import { memory } from "../../src/testing/index.ts";

const client = createClient({ provider: memory() });
const output = z.object({
  city: z.string(),
  unit: z.enum(["day", "week"]),
  stops: z.array(z.object({ at: z.iso.date().transform((day) => new Date(day)), nights: z.number() })),
});
interface Trip {
  city: string;
  unit: "day" | "week";
  stops: { at: Date; nights: number }[];
}
interface PartialTrip {
  readonly city?: string;
  readonly unit?: string;
  readonly stops?: readonly { readonly at?: string; readonly nights?: number }[];
}

test("chat() has the schema's output, and without a schema none", () => {
  const structured = () => client.chat({ messages: "Hi", output });
  expectTypeOf(structured).returns.resolves.toEqualTypeOf<StructuredResult<Trip>>();
  expectTypeOf<StructuredResult<Trip>>().toExtend<ChatResult>();
  const plain = () => client.chat({ messages: "Hi" });
  expectTypeOf(plain).returns.resolves.not.toHaveProperty("output");
  const untyped = () => client.chat({ messages: "Hi", output: { type: "object" } });
  expectTypeOf(untyped).returns.resolves.toEqualTypeOf<StructuredResult<unknown>>();
});

test("stream() has partials as the model writes them, and the output at the end", () => {
  const stream = () => client.stream({ messages: "Hi", output });
  expectTypeOf(stream).returns.toEqualTypeOf<StructuredStream<Trip, PartialTrip>>();
  void (async () => {
    for await (const partial of stream().partials) expectTypeOf(partial).toEqualTypeOf<PartialTrip>();
    expectTypeOf((await stream().result).output).toEqualTypeOf<Trip>();
  });
});

test("other forms have their type, and elements that of the list", () => {
  const chosen = () => client.chat({ messages: "Hi", output: choice(["a", "b"]) });
  expectTypeOf(chosen).returns.resolves.toEqualTypeOf<StructuredResult<"a" | "b">>();
  const matched = () => client.chat({ messages: "Hi", output: regex(/a+/) });
  expectTypeOf(matched).returns.resolves.toEqualTypeOf<StructuredResult<string>>();
  const object = () => client.chat({ messages: "Hi", output: json() });
  expectTypeOf(object).returns.resolves.toEqualTypeOf<StructuredResult<JsonObject>>();
  const words = () => client.stream({ messages: "Hi", output: choice(["a", "b"]) });
  expectTypeOf(words).returns.toEqualTypeOf<StructuredStream<"a" | "b", string>>();
  const list = () => client.stream({ messages: "Hi", output: z.array(z.object({ n: z.number() })) }).elements();
  expectTypeOf(list).returns.toEqualTypeOf<AsyncIterable<{ readonly n?: number }>>();
  const stops = () => client.stream({ messages: "Hi", output }).elements("stops");
  expectTypeOf(stops).returns.toEqualTypeOf<AsyncIterable<{ readonly at?: string; readonly nights?: number }>>();
  // @ts-expect-error there is no list under this key
  void (() => client.stream({ messages: "Hi", output }).elements("city"));
});

test("a partial knows what may be missing", () => {
  expectTypeOf<DeepPartial<{ a: "x" | null; b: [number, string]; c: { d: boolean } | 1 }>>().toEqualTypeOf<{
    readonly a?: string | null;
    readonly b?: readonly (string | number)[];
    readonly c?: { readonly d?: boolean } | 1;
  }>();
  expectTypeOf<DeepPartial<unknown>>().toEqualTypeOf<unknown>();
});

test("wrong input does not compile", () => {
  // @ts-expect-error a form is given by one of them
  void (() => client.chat({ messages: "Hi", output, responseFormat: { type: "json" } }));
  // @ts-expect-error what was shown cannot be taken back
  void (() => client.stream({ messages: "Hi", output, maxOutputRetries: 1 }));
  // @ts-expect-error a name is no schema
  void (() => client.chat({ messages: "Hi", output: "object" }));
});

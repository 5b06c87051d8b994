import { expectTypeOf, test } from "vitest";
import { z } from "zod";

import {
  createClient,
  type ChatResult,
  type DeepPartial,
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
  const json = () => client.chat({ messages: "Hi", output: { type: "object" } });
  expectTypeOf(json).returns.resolves.toEqualTypeOf<StructuredResult<unknown>>();
});

test("stream() has partials as the model writes them, and the output at the end", () => {
  const stream = () => client.stream({ messages: "Hi", output });
  expectTypeOf(stream).returns.toEqualTypeOf<StructuredStream<Trip, PartialTrip>>();
  void (async () => {
    for await (const partial of stream().partials) expectTypeOf(partial).toEqualTypeOf<PartialTrip>();
    expectTypeOf((await stream().result).output).toEqualTypeOf<Trip>();
  });
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

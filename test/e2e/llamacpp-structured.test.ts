import { describe, expect, inject, test as always } from "vitest";
import { z } from "zod";

import { createClient, isInhouseError, type Client } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { slotsFree } from "./slots-free.ts";

const server = inject("llamacpp");
const { url = "", apiKey = "" } = "unavailable" in server ? {} : server;

const test = "unavailable" in server ? always.skip : always;
const connect = (): Client => createClient({ provider: llamacpp({ baseURL: url, apiKey }) });

const messages = "A customer in Oslo wants three red chairs by Friday. Write it down.";
const schemas = {
  nested: z.object({ customer: z.object({ city: z.string().max(30) }), count: z.number().int() }),
  enum: z.object({ colour: z.enum(["red", "green", "blue"]), urgent: z.boolean() }),
  array: z.object({
    items: z
      .array(z.object({ name: z.string().max(12) }))
      .min(1)
      .max(3),
  }),
  union: z.object({ due: z.union([z.object({ day: z.enum(["Friday", "Monday"]) }), z.null()]) }),
  "list at the top": z
    .array(z.enum(["chair", "table"]))
    .min(2)
    .max(4),
  "JSON Schema": {
    type: "object",
    properties: { ok: { type: "boolean" } },
    required: ["ok"],
    additionalProperties: false,
  },
};

/** A small model writes what it likes: the reply fits, or the error says why not and holds what came. */
async function outcomeOf<Result>(reply: Promise<Result>): Promise<Result | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (!isInhouseError(error)) throw error;
    expect(["schema", "output-limit"]).toContain(error.code);
    expect(error.partial?.text).toBeTypeOf("string");
    return undefined;
  }
}

describe.each(Object.entries(schemas))("%s", (_, output) => {
  test("a reply fits or fails with a typed error", async () => {
    await using client = connect();
    const result = await outcomeOf(client.chat({ messages, output, maxTokens: 120, temperature: 0 }));
    if (result) expect(result.output).toEqual(JSON.parse(result.text));
  });

  test("a stream shows it as it grows", async () => {
    await using client = connect();
    const stream = client.stream({ messages, output, maxTokens: 120, temperature: 0 });
    let last = "";
    let seen = 0;
    const reading = async (): Promise<void> => {
      for await (const partial of stream.partials) {
        last = JSON.stringify(partial);
        seen += 1;
      }
    };
    await outcomeOf(reading());
    const result = await outcomeOf(stream.result);
    expect(seen).toBeGreaterThan(1);
    if (result) expect(JSON.parse(last)).toEqual(result.output);
  });
});

test("a reply of a fixed form fits for certain", async () => {
  await using client = connect();
  const output = z.object({ colour: z.enum(["red", "green"]), urgent: z.boolean() });
  const result = await client.chat({ messages, output, maxTokens: 60 });
  expect(["red", "green"]).toContain(result.output.colour);
  expect(result.output.urgent).toBeTypeOf("boolean");
});

test("the token limit cuts a reply: output-limit, with text and value so far", async () => {
  await using client = connect();
  const output = z.object({ story: z.string().min(400) });
  const error: unknown = await client
    .chat({ messages: "Tell a story.", output, maxTokens: 20 })
    .catch((e: unknown) => e);
  expect(error).toMatchObject({
    code: "output-limit",
    partial: { text: expect.stringMatching(/^\s*\{/), output: { story: expect.any(String) } },
  });
});

test("what the server cannot enforce is checked here", async () => {
  await using client = connect();
  const output = z.object({ colour: z.enum(["red", "green"]) }).refine(() => false, "never right");
  const error: unknown = await client
    .chat({ messages, output, maxTokens: 60, maxOutputRetries: 1 })
    .catch((e: unknown) => e);
  expect(error).toMatchObject({
    code: "schema",
    issues: [{ path: [], message: "never right" }],
    attempts: [{ attempt: 1 }, { attempt: 2 }],
  });
});

test("leaving the loop over partials stops the server", async () => {
  await using client = connect();
  const output = z.object({ story: z.string().min(2_000) });
  for await (const _ of client.stream({ messages: "Tell a story.", output }).partials) break;
  await slotsFree(llamacpp({ baseURL: url, apiKey }));
});

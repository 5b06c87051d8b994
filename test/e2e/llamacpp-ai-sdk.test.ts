import { generateText, isStepCount, NoObjectGeneratedError, Output, streamText, tool } from "ai";
import { expect, inject, test as always } from "vitest";
import { z } from "zod";

import { createClient, type Client } from "../../src/index.ts";
import { createInhouse } from "../../src/integrations/ai-sdk/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { slotsFree } from "./slots-free.ts";

const server = inject("llamacpp");
const { url = "", apiKey = "" } = "unavailable" in server ? {} : server;

const test = "unavailable" in server ? always.skip : always;
const connect = (): Client => createClient({ provider: llamacpp({ baseURL: url, apiKey }) });

test("streamText() of the AI SDK with a tool: the call is made, and its result goes back to the model", async () => {
  await using client = connect();
  const asked: string[] = [];
  const result = streamText({
    model: createInhouse({ client })(),
    prompt: "How warm is it in Berlin?",
    temperature: 0,
    maxOutputTokens: 60,
    stopWhen: isStepCount(2),
    // The model of the tests calls nothing of its own accord.
    prepareStep: ({ stepNumber }) => ({
      toolChoice: stepNumber === 0 ? { type: "tool", toolName: "weather" } : "none",
    }),
    tools: {
      weather: tool({
        description: "Tells the weather in a city.",
        inputSchema: z.object({ city: z.enum(["Berlin", "Oslo"]) }),
        execute: ({ city }) => {
          asked.push(city);
          return { city, celsius: 21 };
        },
      }),
    },
  });
  const types = new Set<string>();
  for await (const part of result.stream) {
    if (part.type === "error") throw part.error;
    types.add(part.type);
  }
  expect([...types]).toEqual(expect.arrayContaining(["tool-call", "tool-result", "text-delta", "finish"]));
  expect(asked).toHaveLength(1);
  const steps = await result.steps;
  expect(steps.map(({ finishReason }) => finishReason)[0]).toBe("tool-calls");
  expect((await result.totalUsage).outputTokens).toBeGreaterThan(1);
  expect((await result.providerMetadata)?.["inhouse"]).toMatchObject({
    serverTimings: { promptMs: expect.any(Number) as number },
  });
});

test("Output.object() of the AI SDK: the server holds the model to the schema", async () => {
  await using client = connect();
  const schema = z.object({ colour: z.enum(["red", "green", "blue"]), urgent: z.boolean() });
  try {
    const { output, warnings } = await generateText({
      model: createInhouse({ client })(),
      prompt: "A customer wants a red chair at once. Write it down.",
      output: Output.object({ schema }),
      maxOutputTokens: 60,
      temperature: 0,
    });
    expect(schema.parse(output)).toEqual(output);
    expect(warnings ?? []).toEqual([]);
  } catch (error) {
    if (!NoObjectGeneratedError.isInstance(error)) throw error;
    expect(error.text).toBeTypeOf("string"); // the limit cut it
  }
});

test("an abort of streamText() frees the server's slot", async () => {
  await using client = connect();
  const controller = new AbortController();
  const result = streamText({
    model: createInhouse({ client })(),
    prompt: "Tell me a very long story.",
    maxOutputTokens: 2_000,
    providerOptions: { inhouse: { ignoreEos: true } },
    abortSignal: controller.signal,
  });
  const types: string[] = [];
  for await (const part of result.stream) {
    types.push(part.type);
    if (part.type === "text-delta") controller.abort();
  }
  expect(types.at(-1)).toBe("abort");
  await slotsFree(llamacpp({ baseURL: url, apiKey }));
});

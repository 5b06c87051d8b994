import { expectTypeOf, test } from "vitest";
import { z } from "zod";

import {
  choice,
  createClient,
  parseToolCalls,
  tool,
  type Message,
  type ModelEvent,
  type ParsedToolCall,
  type StructuredToolRunResult,
  type ToolContext,
  type ToolOutcome,
  type ToolRunEvent,
  type ToolRunResult,
  type ToolsOrOutput,
} from "../../src/index.ts";
import { memory } from "../../src/testing/index.ts";

const client = createClient({ provider: memory() });
const weather = tool({ name: "weather", parameters: z.object({ city: z.string(), days: z.number().default(1) }) });
const clock = tool({ name: "clock", parameters: { type: "object" } });
type Weather = { city: string; days: number };
type AnyArguments = Readonly<Record<string, unknown>>;

test("a tool's functions get the arguments of its schema", () => {
  tool({
    name: "weather",
    parameters: z.object({ city: z.string(), days: z.number().default(1) }),
    execute(args, context) {
      expectTypeOf(args).toEqualTypeOf<Weather>();
      expectTypeOf(context).toEqualTypeOf<ToolContext>();
    },
    needsApproval(args) {
      expectTypeOf(args).toEqualTypeOf<Weather>();
      return args.days > 7;
    },
  });
  tool({
    name: "a",
    parameters: { type: "object" },
    execute: (args) => expectTypeOf(args).toEqualTypeOf<AnyArguments>(),
  });
  tool({ name: "b", execute: (args) => expectTypeOf(args).toEqualTypeOf<AnyArguments>() });
  // @ts-expect-error the schema has no such key
  tool({ name: "c", parameters: z.object({ city: z.string() }), execute: ({ town }) => town });
});

test("chat() takes tools of every form", () => {
  void (() =>
    client.chat({ messages: "Hi", tools: [weather, { name: "a" }, { type: "function", function: { name: "b" } }] }));
});

test("parsed calls narrow by name", () => {
  void (async () => {
    const calls = await parseToolCalls(await client.chat({ messages: "Hi", tools: [weather, clock] }), [
      weather,
      clock,
    ]);
    expectTypeOf(calls).toEqualTypeOf<
      readonly (ParsedToolCall<"weather", Weather> | ParsedToolCall<"clock", AnyArguments>)[]
    >();
    for (const call of calls) {
      if (call.name === "weather") expectTypeOf(call.arguments).toEqualTypeOf<Weather>();
      else expectTypeOf(call.name).toEqualTypeOf<"clock">();
    }
  });
});

test("runTools() types its hooks by its tools", () => {
  void (async () => {
    const result = await client.runTools({
      messages: "Hi",
      tools: [weather, clock],
      stopWhen: (steps) => steps.length > 2,
      approve(call) {
        if (call.name === "weather") expectTypeOf(call.arguments).toEqualTypeOf<Weather>();
        return { refused: "not now" };
      },
    });
    expectTypeOf(result).toEqualTypeOf<ToolRunResult>();
    expectTypeOf(result.messages).toEqualTypeOf<readonly Message[]>();
  });
  // @ts-expect-error a plain definition has no schema to check calls against
  void (() => client.runTools({ messages: "Hi", tools: [{ name: "a" }] }));
  // @ts-expect-error one answer at a time
  void (() => client.runTools({ messages: "Hi", tools: [weather], n: 2 }));
});

test("streamTools() types its events, its text and its result", () => {
  void (async () => {
    const stream = client.streamTools({
      messages: "Hi",
      tools: [weather],
      approve: ({ arguments: args }) => {
        expectTypeOf(args).toEqualTypeOf<Weather>();
        return true;
      },
    });
    for await (const event of stream) {
      expectTypeOf(event).toEqualTypeOf<ToolRunEvent>();
      if (event.type === "tool-result") expectTypeOf(event.outcome).toEqualTypeOf<ToolOutcome>();
    }
    for await (const text of stream.text) expectTypeOf(text).toEqualTypeOf<string>();
    expectTypeOf(await stream.result).toEqualTypeOf<ToolRunResult>();
  });
  expectTypeOf(client.streamTools).returns.not.toHaveProperty("callId");
  expectTypeOf(client.streamTools).returns.not.toHaveProperty("then");
});

test("a run with an output has it where an answer ended the run", () => {
  const output = z.object({ warm: z.boolean().default(true) });
  const guarded = {
    messages: "Hi",
    tools: [weather, clock],
    output,
    maxOutputRetries: 1,
  } as const;
  void (async () => {
    const run = await client.runTools({
      ...guarded,
      approve(call) {
        if (call.name === "weather") expectTypeOf(call.arguments).toEqualTypeOf<Weather>();
        return true;
      },
    });
    expectTypeOf(run).toEqualTypeOf<StructuredToolRunResult<{ warm: boolean }>>();
    expectTypeOf(run.output).toEqualTypeOf<{ warm: boolean } | undefined>();
    if (run.endedBy === "answer") expectTypeOf(run.output).toEqualTypeOf<{ warm: boolean }>();
    const stream = client.streamTools({ ...guarded, output: choice(["yes", "no"]) });
    for await (const event of stream) expectTypeOf(event).toEqualTypeOf<ToolRunEvent>();
    expectTypeOf((await stream.result).output).toEqualTypeOf<"yes" | "no" | undefined>();
  });
  // @ts-expect-error an output is a form of the answer itself
  void (() => client.runTools({ messages: "Hi", tools: [weather], output, responseFormat: { type: "json" } }));
  // @ts-expect-error there is no output to try again for
  void (() => client.runTools({ messages: "Hi", tools: [weather], maxOutputRetries: 1 }));
});

test("stream() beside tools has partials of the output, and perhaps the output", () => {
  const output = z.object({ cities: z.array(z.string()) });
  void (async () => {
    const stream = client.stream({ messages: "Hi", tools: [weather], toolChoice: "auto", output });
    for await (const event of stream) expectTypeOf(event).toEqualTypeOf<ModelEvent>();
    for await (const partial of stream.partials) {
      expectTypeOf(partial).toEqualTypeOf<{ readonly cities?: readonly string[] }>();
    }
    expectTypeOf(stream.elements("cities")).toEqualTypeOf<AsyncIterable<string>>();
    expectTypeOf(await stream.result).toEqualTypeOf<ToolsOrOutput<{ cities: string[] }>>();
    expectTypeOf(stream).not.toHaveProperty("callId");
  });
});

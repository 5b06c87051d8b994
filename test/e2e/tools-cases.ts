import { expect, test as always } from "vitest";
import { z } from "zod";

import { isInhouseError, tool, type ChatInput, type Client, type ModelEvent } from "../../src/index.ts";

const city = z.object({ city: z.enum(["Paris", "Oslo"]) });
const weather = tool({
  name: "get_weather",
  description: "The weather in a city",
  parameters: city,
  execute: ({ city: where }) => `Sunny in ${where}, 21 degrees.`,
});
const time = tool({
  name: "get_time",
  description: "The time in a city",
  parameters: city,
  execute: () => "It is noon.",
});
const tools = [weather, time] as const;

const ask = { messages: "What is the weather in Paris?", tools, maxTokens: 300, temperature: 0 } as const;

/** What each choice allows. */
const choices: readonly (readonly [choice: NonNullable<ChatInput["toolChoice"]>, names: readonly string[]])[] = [
  ["required", ["get_weather", "get_time"]],
  [{ name: "get_weather" }, ["get_weather"]],
  [{ name: "get_time" }, ["get_time"]],
];

/** A conversation in which a tool was called. */
const called = [
  { role: "user", content: "What is the weather in Paris?" },
  {
    role: "assistant",
    content: "",
    toolCalls: [{ id: "call_1", name: "get_weather", arguments: '{"city":"Paris"}' }],
  },
  { role: "tool", toolCallId: "call_1", content: "Sunny, 21 degrees." },
] as const;

/**
 * What holds for tools on every real server: `connect` makes a client of it, `plain` says that its template knows no tools,
 * `absent` that there is no such server here, and `forces` that it forces calls itself.
 */
export function toolCases(
  connect: () => Client,
  { plain, absent, forces = false }: { readonly plain: boolean; readonly absent: boolean; readonly forces?: boolean },
): void {
  const test = absent ? always.skip : always;
  test.each(choices)("%j is a call of such a tool with arguments that fit", async (toolChoice, names) => {
    await using client = connect();
    const { toolCalls, finishReason, text } = await client.chat({ ...ask, toolChoice });
    expect(finishReason).toBe("tool-calls");
    expect(text).toBe("");
    expect(toolCalls.length).toBeGreaterThan(0);
    for (const call of toolCalls) {
      expect(names).toContain(call.name);
      expect(city.safeParse(JSON.parse(call.arguments)).error).toBeUndefined();
    }
  });

  test.each(choices)("%j is one in a stream too, with its arguments as they come", async (toolChoice, names) => {
    await using client = connect();
    const stream = client.stream({ ...ask, toolChoice });
    const deltas = new Map<number, string>();
    const events: ModelEvent[] = [];
    for await (const event of stream) {
      events.push(event);
      if (event.type === "tool-call-delta") deltas.set(event.index, (deltas.get(event.index) ?? "") + event.arguments);
    }
    const calls = events.filter((event) => event.type === "tool-call");
    expect(calls.length).toBeGreaterThan(0);
    for (const call of calls) {
      expect(names).toContain(call.name);
      expect(deltas.get(call.index)).toBe(call.arguments);
    }
    expect((await stream.result).toolCalls).toHaveLength(calls.length);
  });

  test("a loop of two steps executes the call that was forced, and tells the model what came of it", async () => {
    await using client = connect();
    const run = await client.runTools({ ...ask, toolChoice: { name: "get_weather" }, maxSteps: 2, maxTokens: 60 });
    expect(run.steps[0]?.outcomes[0]).toMatchObject({
      name: "get_weather",
      content: expect.stringContaining("Sunny in"),
    });
    expect(run.steps[0]?.outcomes[0]).not.toHaveProperty("error");
    expect(run.steps).toHaveLength(2);
    expect(run.messages.filter(({ role }) => role === "tool").length).toBeGreaterThan(0);
  });

  test("a call that the token limit cuts is an error, never prose and never half a call", async () => {
    await using client = connect();
    const call = client.chat({ ...ask, toolChoice: { name: "get_weather" }, maxTokens: 5 });
    // vLLM delivers nothing of a call before it knows its name.
    const code = expect.stringMatching(/^(output-limit|empty-reply)$/);
    await expect(call).rejects.toMatchObject({ code, retryable: false, hint: expect.stringContaining("maxTokens") });
  });

  test("none: no call comes, and a conversation with calls goes through", async () => {
    await using client = connect();
    const answer = await client.chat({ ...ask, messages: called, toolChoice: "none", maxTokens: 24 });
    expect(answer.toolCalls).toEqual([]);
    expect(answer.text).not.toBe("");
    const bare = await client.chat({ messages: ask.messages, maxTokens: 1 });
    expect(answer.usage?.inputTokens ?? 0).toBeGreaterThan(bare.usage?.inputTokens ?? 0); // the calls are in it
  });

  const output = z.object({ sky: z.enum(["sunny", "cloudy"]), degrees: z.number().int().min(-50).max(50) });

  test("beside an output, a call that is required comes, and an answer without a call has the form", async () => {
    await using client = connect();
    const forced = await client.chat({ ...ask, output, toolChoice: "required" });
    expect(forced.toolCalls.length).toBeGreaterThan(0);
    expect(forced).not.toHaveProperty("output");
    const answer = await client.chat({ ...ask, messages: called, output, toolChoice: "none" });
    expect(answer.toolCalls).toEqual([]);
    expect(output.safeParse(answer.output).error).toBeUndefined();
  });

  test("a run ends with an answer in the form, told step by step, and a stream tells its parts", async () => {
    await using client = connect();
    const answer = { ...ask, messages: called, output, toolChoice: "none", maxTokens: 40 } as const;
    const run = client.streamTools(answer);
    const types: string[] = [];
    for await (const { type } of run) if (types.at(-1) !== type) types.push(type);
    const { output: value, steps, endedBy, messages } = await run.result;
    expect(endedBy).toBe("answer");
    expect(output.safeParse(value).error).toBeUndefined();
    expect(types.filter((type) => type === "step")).toHaveLength(steps.length);
    expect(types.at(-1)).toBe("step");
    expect(messages).toHaveLength(called.length + 1);
    const stream = client.stream(answer);
    let last: unknown;
    for await (const partial of stream.partials) last = partial;
    expect(last).toEqual((await stream.result).output);
  });

  test("an output can be the arguments of a call where the server forces calls, and nowhere else", async () => {
    await using client = connect();
    const stream = client.stream({ messages: ask.messages, output, outputStrategy: "tool", maxTokens: 60 });
    if (!forces) {
      await expect(stream.result).rejects.toMatchObject({ code: "unsupported" });
      return;
    }
    let last: unknown;
    for await (const partial of stream.partials) last = partial;
    const result = await stream.result;
    expect(result).toMatchObject({ toolCalls: [], finishReason: "stop", output: last });
    expect(output.safeParse(last).error).toBeUndefined();
  });

  test("auto shows the model its tools, and says so where the prompt must", async () => {
    await using client = connect();
    const bare = await client.chat({ messages: ask.messages, maxTokens: 1 });
    try {
      const { usage, warnings, toolCalls } = await client.chat({ ...ask, maxTokens: 40 });
      expect(usage?.inputTokens ?? 0).toBeGreaterThan((bare.usage?.inputTokens ?? 0) + 50);
      expect(warnings.some(({ option }) => option === "tools")).toBe(plain);
      for (const { name } of toolCalls) expect(["get_weather", "get_time"]).toContain(name);
    } catch (error) {
      if (!isInhouseError(error) || error.code !== "empty-reply") throw error; // what a server swallowed
    }
  });
}

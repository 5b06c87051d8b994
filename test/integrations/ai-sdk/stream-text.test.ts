import { describe, expect, test } from "vitest";
import { z } from "zod";

import { createClient, InhouseError, isInhouseError, type ModelEvent } from "../../../src/index.ts";
import type { StreamPart } from "../../../src/integrations/ai-sdk/ai-sdk-spec.ts";
import { vllm } from "../../../src/providers/vllm/index.ts";
import { fakeVllm, memory, type ScriptedReply } from "../../../src/testing/index.ts";
import { aiSdks } from "../../support/ai-sdks.ts";

const prompt = [{ role: "user", content: [{ type: "text", text: "Hi" } as { type: string }] }];
const schema = z.object({ city: z.string(), degrees: z.number() });
const weather = { city: "Berlin", degrees: 21 };
const finish = (reason: "stop" | "tool-calls"): ModelEvent => ({
  type: "finish",
  finishReasons: [reason],
  model: "llama",
  responseId: "reply-1",
  usage: { inputTokens: 3, outputTokens: 2 },
});
const text = (piece: string): ModelEvent => ({ type: "text-delta", choice: 0, text: piece });

function clientOf(...replies: readonly ScriptedReply[]) {
  return createClient({ provider: memory({ reply: (_, call) => replies[call - 1] }) });
}

async function all<Item>(stream: ReadableStream<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

const typesOf = (parts: readonly StreamPart[]): string[] => parts.map(({ type }) => type);

describe.each(aiSdks)("the parts of a stream, for %s", (_, { createInhouse }) => {
  test("thinking, text and a call come in blocks of their own, between the start and one finish", async () => {
    const client = clientOf([
      { type: "start" },
      { type: "warning", warning: { option: "topK", message: "It was left out." } },
      { type: "reasoning-delta", choice: 0, text: "Hm" },
      { type: "reasoning-delta", choice: 0, text: "…" },
      text("Let me "),
      text("look."),
      { type: "tool-call-delta", choice: 0, index: 0, id: "a", name: "weather", arguments: "" },
      { type: "tool-call-delta", choice: 0, index: 0, arguments: '{"city":' },
      { type: "tool-call-delta", choice: 0, index: 1, id: "b", name: "clock", arguments: "{" },
      { type: "tool-call-delta", choice: 0, index: 0, arguments: '"Berlin"}' },
      { type: "tool-call-delta", choice: 0, index: 1, arguments: "}" },
      { type: "tool-call", choice: 0, index: 0, id: "a", name: "weather", arguments: '{"city":"Berlin"}' },
      { type: "tool-call", choice: 0, index: 1, id: "b", name: "clock", arguments: "{}" },
      { type: "tool-call", choice: 0, index: 2, id: "c", name: "clock", arguments: "{}" },
      finish("tool-calls"),
    ]);
    const tools = ["weather", "clock"].map((name) => ({ type: "function", name, inputSchema: { type: "object" } }));
    const { stream } = await createInhouse({ client })().doStream({ prompt, tools });
    expect(await all(stream)).toEqual([
      {
        type: "stream-start",
        warnings: [{ type: "unsupported", feature: "topK", details: "It was left out." }],
      },
      { type: "response-metadata", timestamp: expect.any(Date) as Date },
      { type: "reasoning-start", id: "0" },
      { type: "reasoning-delta", id: "0", delta: "Hm" },
      { type: "reasoning-delta", id: "0", delta: "…" },
      { type: "reasoning-end", id: "0" },
      { type: "text-start", id: "1" },
      { type: "text-delta", id: "1", delta: "Let me " },
      { type: "text-delta", id: "1", delta: "look." },
      { type: "text-end", id: "1" },
      { type: "tool-input-start", id: "a", toolName: "weather" },
      { type: "tool-input-delta", id: "a", delta: '{"city":' },
      { type: "tool-input-start", id: "b", toolName: "clock" },
      { type: "tool-input-delta", id: "b", delta: "{" },
      { type: "tool-input-delta", id: "a", delta: '"Berlin"}' },
      { type: "tool-input-delta", id: "b", delta: "}" },
      { type: "tool-input-end", id: "a" },
      { type: "tool-call", toolCallId: "a", toolName: "weather", input: '{"city":"Berlin"}' },
      { type: "tool-input-end", id: "b" },
      { type: "tool-call", toolCallId: "b", toolName: "clock", input: "{}" },
      { type: "tool-input-start", id: "c", toolName: "clock" },
      { type: "tool-input-delta", id: "c", delta: "{}" },
      { type: "tool-input-end", id: "c" },
      { type: "tool-call", toolCallId: "c", toolName: "clock", input: "{}" },
      { type: "response-metadata", id: "reply-1", modelId: "llama", timestamp: expect.any(Date) as Date },
      {
        type: "finish",
        finishReason: { unified: "tool-calls", raw: "tool-calls" },
        usage: expect.objectContaining({ inputTokens: expect.objectContaining({ total: 3 }) as object }) as object,
        providerMetadata: { inhouse: expect.objectContaining({ requestId: "reply-1" }) as object },
      },
    ]);
  });

  test("what the server sent comes where it is asked for", async () => {
    const client = clientOf([{ type: "start" }, { type: "raw", value: { a: 1 } }, text("Hi"), finish("stop")]);
    const { stream } = await createInhouse({ client })().doStream({ prompt, includeRawChunks: true });
    expect(await all(stream)).toContainEqual({ type: "raw", rawValue: { a: 1 } });
  });

  test("nothing is read that nobody asks for, and leaving closes the socket", async () => {
    const words = 8_000; // 32 MB, more than all buffers between the two hold
    await using server = await fakeVllm({ text: `${"w".repeat(4_000)} `.repeat(words) });
    await using client = createClient({ provider: vllm({ baseURL: server.url }) });
    const { stream } = await createInhouse({ client })().doStream({ prompt });
    const reader = stream.getReader();
    for (let read = 0; read < 4; read += 1) await reader.read();
    await reader.cancel();
    await server.idle();
    const last = server.history.at(-1);
    expect(last?.end).toBe("client-left");
    expect(last?.tokens).toBeLessThan(words);
  });

  test("an error before any content rejects; one in the middle is a part, after what had come", async () => {
    const failure = new InhouseError("server", "The GPU fell off.");
    await expect(createInhouse({ client: clientOf(failure, failure, failure) })().doStream({ prompt })).rejects.toThrow(
      "The GPU fell off.",
    );
    await using server = await fakeVllm({ text: "one two three four", faults: [{ name: "cut", atToken: 2 }] });
    await using client = createClient({ provider: vllm({ baseURL: server.url }) });
    const { stream } = await createInhouse({ client })().doStream({ prompt });
    const parts = await all(stream);
    expect(typesOf(parts).slice(-3)).toEqual(["text-end", "error", "finish"]);
    expect(parts.flatMap((part) => (part.type === "text-delta" ? [part.delta] : [])).join("")).toBe("one two");
    expect(parts.at(-2)).toMatchObject({ error: { partial: { text: "one two" }, isRetryable: false } });
    expect(parts.at(-1)).toMatchObject({ finishReason: { unified: "error", raw: expect.any(String) as string } });
  });

  test("a text before the object is thinking, so that the object is the text", async () => {
    const client = clientOf("I need no tool.", `\`\`\`json\n${JSON.stringify(weather)}\n\`\`\``);
    const { stream } = await createInhouse({ client })().doStream({
      prompt,
      tools: [{ type: "function", name: "clock", inputSchema: { type: "object" } } as { type: string }],
      responseFormat: { type: "json", schema: z.toJSONSchema(schema) },
    });
    const parts = await all(stream);
    const said = (type: "text-delta" | "reasoning-delta"): string =>
      parts.flatMap((part) => (part.type === type && "delta" in part ? [part.delta] : [])).join("");
    expect(said("reasoning-delta").trim()).toBe("I need no tool.");
    expect(JSON.parse(said("text-delta"))).toEqual(weather);
  });
});

describe.each(aiSdks)("streamText of %s", (_, { ai, createInhouse }) => {
  test("streams through tools to an answer", async () => {
    const call: readonly ModelEvent[] = [
      { type: "start" },
      { type: "tool-call", choice: 0, index: 0, id: "a", name: "weather", arguments: '{"city":"Berlin"}' },
      finish("tool-calls"),
    ];
    const result = ai.streamText({
      model: createInhouse({ client: clientOf(call, "21 degrees.") })(),
      prompt: "The weather?",
      stopWhen: ai.stepCountIs(3),
      tools: { weather: ai.tool({ inputSchema: z.object({ city: z.string() }), execute: () => weather }) },
    });
    const types = new Set<string>();
    for await (const part of result.fullStream) types.add(part.type);
    expect([...types]).toEqual(expect.arrayContaining(["tool-call", "tool-result", "text-delta", "finish"]));
    expect((await result.text).trim()).toBe("21 degrees.");
    expect(await result.steps).toHaveLength(2);
    expect((await result.totalUsage).inputTokens).toBeGreaterThan(3);
  });

  test("an object grows as it comes", async () => {
    const result = ai.streamText({
      model: createInhouse({ client: clientOf(JSON.stringify({ ...weather, city: "New York City" })) })(),
      prompt: "The weather?",
      output: ai.Output.object({ schema }),
    });
    const partials: unknown[] = [];
    for await (const partial of result.partialOutputStream) partials.push(partial);
    expect(partials.length).toBeGreaterThan(1);
    expect(await result.output).toEqual({ city: "New York City", degrees: 21 });
  });

  test("an error in the middle reaches onError, and the text that had come is there", async () => {
    await using server = await fakeVllm({ text: "one two three four", faults: [{ name: "cut", atToken: 2 }] });
    await using client = createClient({ provider: vllm({ baseURL: server.url }) });
    const errors: unknown[] = [];
    const result = ai.streamText({
      model: createInhouse({ client })(),
      prompt: "Hi",
      onError: ({ error }) => void errors.push(error),
    });
    let said = "";
    for await (const piece of result.textStream) said += piece;
    expect(said).toBe("one two");
    expect(errors.map((error) => isInhouseError(error) && error.partial?.text)).toEqual(["one two"]);
    expect(await result.finishReason).toBe("error");
  });

  test("an abort is the stream's last part, and closes the socket", async () => {
    await using server = await fakeVllm({ text: "word ".repeat(1_000), pauseMs: 2 });
    await using client = createClient({ provider: vllm({ baseURL: server.url }) });
    const controller = new AbortController();
    const result = ai.streamText({
      model: createInhouse({ client })(),
      prompt: "Hi",
      abortSignal: controller.signal,
      onError: () => expect.unreachable(),
    });
    const types: string[] = [];
    for await (const part of result.fullStream) {
      types.push(part.type);
      if (part.type === "text-delta") controller.abort();
    }
    expect(types.at(-1)).toBe("abort");
    await server.idle();
    expect(server.history.at(-1)?.end).toBe("client-left");
  });

  test("a completion model continues a text, and refuses a conversation", async () => {
    const provider = memory({ reply: () => "jumps over" });
    const model = createInhouse({ client: createClient({ provider }) }).completionModel();
    const result = ai.streamText({
      model,
      prompt: "The quick brown fox",
      maxOutputTokens: 5,
      providerOptions: { inhouse: { suffix: "the lazy dog." } },
    });
    expect((await result.text).trim()).toBe("jumps over");
    expect(provider.requests[0]).toMatchObject({
      kind: "completion",
      prompt: "The quick brown fox",
      suffix: "the lazy dog.",
      sampling: { maxTokens: 5 },
    });
    const whole = await ai.generateText({ model, prompt: "The quick brown fox" });
    expect(whole.text.trim()).toBe("jumps over");
    const error: unknown = await ai
      .generateText({ model, system: "Be brief.", prompt: "Hi" })
      .catch((reason: unknown) => reason);
    expect(ai.UnsupportedFunctionalityError.isInstance(error)).toBe(true);
  });
});

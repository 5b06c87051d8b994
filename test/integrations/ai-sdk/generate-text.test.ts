import { describe, expect, test } from "vitest";
import { z } from "zod";

import { createClient, isInhouseError, type InhouseError, type ModelEvent } from "../../../src/index.ts";
import { vllm } from "../../../src/providers/vllm/index.ts";
import { fakeVllm, memory, type ScriptedReply } from "../../../src/testing/index.ts";
import { aiSdks } from "../../support/ai-sdks.ts";

const weather = { city: "Berlin", degrees: 21 };

/** The events of an answer that calls a tool. */
const calling = (name: string, input: object): readonly ModelEvent[] => [
  { type: "start" },
  { type: "reasoning-delta", choice: 0, text: "I have to look." },
  { type: "tool-call", choice: 0, index: 0, id: "call-1", name, arguments: JSON.stringify(input) },
  { type: "finish", finishReasons: ["tool-calls"], model: "memory", usage: { inputTokens: 9, outputTokens: 4 } },
];

/** A client that answers from a script, one reply after the other. */
function scripted(...replies: readonly ScriptedReply[]) {
  const provider = memory({ reply: (_, call) => replies[call - 1] });
  return { provider, client: createClient({ provider }) };
}

describe.each(aiSdks)("generateText of %s", (_, { ai, createInhouse }) => {
  test("answers with text, usage, why it ended and what the client knows of the call", async () => {
    const { client } = scripted([
      { type: "start", requestId: "reply-1" },
      { type: "reasoning-delta", choice: 0, text: "Hm." },
      { type: "text-delta", choice: 0, text: "Hello " },
      { type: "text-delta", choice: 0, text: "there" },
      {
        type: "finish",
        finishReasons: ["length"],
        model: "llama",
        usage: { inputTokens: 10, outputTokens: 5, cachedInputTokens: 8, reasoningTokens: 2 },
        timings: { promptMs: 3 },
      },
    ]);
    const result = await ai.generateText({ model: createInhouse({ client })(), prompt: "Hi" });
    expect(result.text).toBe("Hello there");
    expect(result.reasoningText).toBe("Hm.");
    expect(result.finishReason).toBe("length");
    expect(result.rawFinishReason).toBe("length");
    expect(result.usage.inputTokens).toBe(10);
    expect(result.usage.inputTokenDetails).toMatchObject({ cacheReadTokens: 8, noCacheTokens: 2 });
    expect(result.usage.outputTokenDetails).toMatchObject({ reasoningTokens: 2, textTokens: 3 });
    expect(result.response).toMatchObject({ id: "reply-1", modelId: "llama" });
    expect(result.providerMetadata?.["inhouse"]).toMatchObject({
      callId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      requestId: "reply-1",
      timings: { totalMs: expect.any(Number) as number },
      serverTimings: { promptMs: 3 },
    });
  });

  test("hands every option of a call over, and those under our name", async () => {
    const { client, provider } = scripted("Yes.");
    const { warnings } = await ai.generateText({
      model: createInhouse({ client })("memory"),
      system: "Be brief.",
      prompt: "Hi",
      maxOutputTokens: 50,
      temperature: 0.5,
      topP: 0.9,
      topK: 20,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      seed: 7,
      stopSequences: ["END"],
      providerOptions: { inhouse: { minP: 0.05, context: "trim", tags: { team: "a" } }, openai: { user: "x" } },
    });
    expect(provider.requests[0]).toMatchObject({
      model: "memory",
      context: "trim",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hi" },
      ],
      sampling: {
        maxTokens: 50,
        temperature: 0.5,
        topP: 0.9,
        topK: 20,
        minP: 0.05,
        presencePenalty: 0.1,
        frequencyPenalty: 0.2,
        seed: 7,
        stop: ["END"],
      },
    });
    expect(warnings ?? []).toEqual([]);
  });

  test("a model calls tools until it answers", async () => {
    const { client, provider } = scripted(calling("weather", { city: "Berlin" }), "21 degrees.");
    const result = await ai.generateText({
      model: createInhouse({ client })(),
      prompt: "How warm is it in Berlin?",
      stopWhen: ai.stepCountIs(3),
      tools: {
        weather: ai.tool({
          description: "Tells the weather.",
          inputSchema: z.object({ city: z.string() }),
          execute: ({ city }) => ({ ...weather, city }),
        }),
      },
    });
    expect(result.text).toBe("21 degrees.");
    expect(result.steps.map(({ finishReason }) => finishReason)).toEqual(["tool-calls", "stop"]);
    const [first, second] = provider.requests;
    expect(first).toMatchObject({
      tools: [{ name: "weather", description: "Tells the weather.", parameters: { required: ["city"] } }],
    });
    expect(second).toMatchObject({
      messages: [
        { role: "user" },
        {
          role: "assistant",
          reasoning: "I have to look.",
          toolCalls: [{ id: "call-1", name: "weather", arguments: '{"city":"Berlin"}' }],
        },
        { role: "tool", toolCallId: "call-1", content: JSON.stringify(weather) },
      ],
    });
  });

  test("an object is asked for by its schema, and a fence around it is taken off", async () => {
    const { client, provider } = scripted(`Here it is:\n\`\`\`json\n${JSON.stringify(weather)}\n\`\`\``);
    const { output, warnings } = await ai.generateText({
      model: createInhouse({ client })(),
      prompt: "The weather?",
      output: ai.Output.object({ schema: z.object({ city: z.string(), degrees: z.number() }) }),
    });
    expect(output).toEqual(weather);
    // memory() obeys no schema, so the model is asked for it.
    expect(provider.requests[0]).toMatchObject({
      messages: [{ role: "system", content: expect.stringContaining('"degrees"') as string }, { role: "user" }],
    });
    expect(warnings).toContainEqual(expect.objectContaining({ type: "compatibility", feature: "output" }));
  });

  test("an object that does not fit is asked for again where the call says so, and else NoObjectGeneratedError", async () => {
    const wrong = '{"city":"Berlin"}';
    const { client } = scripted(wrong, JSON.stringify(weather), wrong);
    const call = {
      model: createInhouse({ client })(),
      prompt: "The weather?",
      output: ai.Output.object({ schema: z.object({ city: z.string(), degrees: z.number() }) }),
    };
    const { output, providerMetadata } = await ai.generateText({
      ...call,
      providerOptions: { inhouse: { maxOutputRetries: 1 } },
    });
    expect(output).toEqual(weather);
    expect(providerMetadata?.["inhouse"]).toMatchObject({ failedAttempts: [{ code: "schema" }] });
    const error: unknown = await ai.generateText(call).catch((reason: unknown) => reason);
    expect(ai.NoObjectGeneratedError.isInstance(error) && error.text).toBe(wrong);
    expect(isInhouseError(error) && error.message).toMatch(/degrees/);
  });

  test("tools and an object: calls first, then the object, whatever is said before it", async () => {
    const { client } = scripted(calling("weather", { city: "Berlin" }), "It is 21.", JSON.stringify(weather));
    const { output, steps } = await ai.generateText({
      model: createInhouse({ client })(),
      prompt: "The weather?",
      stopWhen: ai.stepCountIs(3),
      tools: { weather: ai.tool({ inputSchema: z.object({ city: z.string() }), execute: () => 21 }) },
      output: ai.Output.object({ schema: z.object({ city: z.string(), degrees: z.number() }) }),
    });
    expect(output).toEqual(weather);
    expect(steps).toHaveLength(2);
  });

  test("a choice of a tool reaches the model, and a tool of another provider is told of", async () => {
    const { client, provider } = scripted(calling("clock", {}));
    const model = createInhouse({ client })();
    const look = ai.tool({ inputSchema: z.object({ zone: z.string() }), execute: () => "noon" });
    const tools = { clock: look, weather: look };
    await ai.generateText({ model, prompt: "Now?", tools, toolChoice: { type: "tool", toolName: "clock" } });
    expect(provider.requests[0]).toMatchObject({ toolChoice: { name: "clock" } });
    const { warnings } = await model.doGenerate({
      prompt: [{ role: "user", content: [{ type: "text", text: "Hi" } as { type: string }] }],
      tools: [{ type: "provider", id: "openai.web_search", name: "search", args: {} } as { type: string }],
      toolChoice: { type: "auto" },
    });
    expect(warnings).toEqual([expect.objectContaining({ type: "unsupported", feature: "tool search" })]);
    expect(provider.requests[1]).not.toHaveProperty("tools");
  });

  test("an option that is not known under our name is refused", async () => {
    const { client, provider } = scripted("Yes.");
    const error: unknown = await ai
      .generateText({
        model: createInhouse({ client })(),
        prompt: "Hi",
        providerOptions: { inhouse: { minp: 0.1 } },
      })
      .catch((reason: unknown) => reason);
    expect(isInhouseError(error) && error.hint).toBe('Did you mean "minP"?');
    expect(ai.AISDKError.isInstance(error)).toBe(true);
    expect(provider.requests).toHaveLength(0);
  });
});

describe.each(aiSdks)("failures with %s", (_, { ai, createInhouse }) => {
  const failing = { name: "status-503", times: 20 } as const;

  test("the client tries again and the AI SDK does not", async () => {
    await using server = await fakeVllm({ faults: [failing] });
    await using client = createClient({ provider: vllm({ baseURL: server.url }), maxRetries: 1 });
    const error: unknown = await ai
      .generateText({ model: createInhouse({ client })(), prompt: "a secret", maxRetries: 2 })
      .catch((reason: unknown) => reason);
    expect(server.requests.filter(({ path }) => path === "/v1/chat/completions")).toHaveLength(2);
    expect(ai.APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({
      code: "overloaded",
      statusCode: 503,
      isRetryable: false,
      attempts: [{ code: "overloaded" }, { code: "overloaded" }],
    });
    expect(JSON.stringify(error)).not.toContain("a secret");
  });

  test("retriedBy ai-sdk: the AI SDK tries again, after the time that the server names", async () => {
    await using server = await fakeVllm({ faults: [{ name: "status-429", times: 2, retryAfterSeconds: 0.01 }] });
    await using client = createClient({ provider: vllm({ baseURL: server.url }) });
    const { text } = await ai.generateText({
      model: createInhouse({ client, retriedBy: "ai-sdk" })(),
      prompt: "Hello",
      maxRetries: 2,
    });
    expect(text).toBe("Hello");
    expect(server.requests.filter(({ path }) => path === "/v1/chat/completions")).toHaveLength(3);
  });

  test("an abort closes the socket, and rejects with the signal's reason", async () => {
    await using server = await fakeVllm({ text: "word ".repeat(1_000), pauseMs: 5 });
    await using client = createClient({ provider: vllm({ baseURL: server.url }) });
    const controller = new AbortController();
    const call = ai.generateText({
      model: createInhouse({ client })(),
      prompt: "Hi",
      abortSignal: controller.signal,
    });
    const ended = call.catch((reason: unknown) => reason);
    await expect.poll(() => server.running()).toBe(1);
    controller.abort();
    expect(await ended).toBe(controller.signal.reason);
    await server.idle();
    expect(server.history.at(-1)?.end).toBe("client-left");
  });

  test("a model that the server has not, a prompt and an option that are wrong have the AI SDK's errors", async () => {
    const client = createClient({ provider: memory() });
    const failure = (call: Promise<unknown>): Promise<unknown> => call.catch((reason: unknown) => reason);
    const inhouse = createInhouse({ client });
    const missing = await failure(ai.generateText({ model: inhouse("gpt-9"), prompt: "Hi" }));
    expect(ai.NoSuchModelError.isInstance(missing) && missing.modelId).toBe("gpt-9");
    const option = await failure(ai.generateText({ model: inhouse(), prompt: "Hi", topP: 2 }));
    expect(ai.InvalidArgumentError.isInstance(option) && option.parameter).toBe("topP");
    const prompt = [{ role: "tool", content: [{ type: "tool-result", toolCallId: "a", output: { type: "text" } }] }];
    const orphan = await failure(inhouse().doGenerate({ prompt }));
    expect(ai.InvalidPromptError.isInstance(orphan)).toBe(true);
    const { code } = orphan as InhouseError;
    expect(code).toBe("invalid-request");
    expect(() => inhouse.imageModel("dall-e")).toThrow(expect.objectContaining({ modelId: "dall-e" }) as Error);
  });
});

import { inspect } from "node:util";

import { InMemoryCache } from "@langchain/core/caches";
import { AIMessage, HumanMessage, trimMessages } from "@langchain/core/messages";
import { describe, expect, test } from "vitest";

import { createClient } from "../../../src/client/client.ts";
import type { ChatRequest } from "../../../src/core/request.ts";
import { ChatInhouse, type ChatInhouseFields } from "../../../src/integrations/langchain/index.ts";
import { llamacpp } from "../../../src/providers/llamacpp/index.ts";
import { fakeLlamacpp } from "../../../src/testing/fake-llamacpp.ts";
import { memory, type MemoryProvider } from "../../../src/testing/memory.ts";
import { modelOf, thinking } from "./chat-models.ts";

const lastChat = (provider: MemoryProvider): ChatRequest => provider.requests.at(-1) as ChatRequest;

describe("an answer", () => {
  test("has text, thinking, tokens by what they were, and what the client knows of the call", async () => {
    const answer = await modelOf(memory({ reply: () => thinking })).invoke("Warm?");
    expect(answer).toBeInstanceOf(AIMessage);
    expect(answer.text).toBe("Warm enough.");
    expect(answer.contentBlocks).toEqual([
      { type: "reasoning", reasoning: "It is summer." },
      { type: "text", text: "Warm enough." },
    ]);
    expect(answer.usage_metadata).toEqual({
      input_tokens: 20,
      output_tokens: 6,
      total_tokens: 26,
      input_token_details: { cache_read: 8 },
      output_token_details: { reasoning: 2 },
    });
    expect(answer.response_metadata).toMatchObject({
      model: "small",
      model_name: "small",
      finish_reason: "stop",
      requestId: "r-1",
      callId: expect.any(String) as string,
      timings: { totalMs: expect.any(Number) as number },
      serverTimings: { promptMs: 3 },
      warnings: [{ option: "topK" }],
    });
  });

  test("without thinking is plain text", async () => {
    const answer = await modelOf(memory({ reply: () => "Hello" })).invoke("Hi");
    expect(answer.content).toBe("Hello");
  });

  test("tells of the tries that failed before it", async () => {
    const { InhouseError } = await import("../../../src/core/error.ts");
    const provider = memory({ reply: (_, call) => (call === 1 ? new InhouseError("reset", "It was lost.") : "Hello") });
    const answer = await modelOf(provider).invoke("Hi");
    expect(answer.response_metadata["failedAttempts"]).toMatchObject([{ code: "reset" }]);
  });

  test("of outputVersion v1 has its blocks as content", async () => {
    const answer = await modelOf(memory({ reply: () => thinking }), { outputVersion: "v1" }).invoke("Warm?");
    expect(answer.content).toEqual(answer.contentBlocks);
    expect(answer.content).toHaveLength(2);
  });
});

describe("options", () => {
  test("are the model's, or over them a call's, under the client's names", async () => {
    const provider = memory({ models: ["small", "large"] });
    const model = modelOf(provider, {
      model: "small",
      temperature: 0.2,
      topK: 40,
      stop: ["END"],
      callTags: { user: "u1" },
    });
    await model.withConfig({ temperature: 0.9, minP: 0.1, stop: ["."] }).invoke("Hi", { model: "large", maxTokens: 5 });
    expect(lastChat(provider)).toMatchObject({
      model: "large",
      sampling: { temperature: 0.9, topK: 40, minP: 0.1, maxTokens: 5, stop: ["."] },
    });
    await model.invoke("Hi");
    expect(lastChat(provider)).toMatchObject({ model: "small", sampling: { temperature: 0.2, stop: ["END"] } });
  });

  test("reach the client's policies: tags, context, priority", async () => {
    const seen: unknown[] = [];
    const provider = memory({ contextLength: 40 });
    const client = createClient({
      provider,
      middleware: [
        (request, context, next) => {
          seen.push(context.tags, request.kind === "chat" && request.context);
          return next(request, context);
        },
      ],
    });
    const model = new ChatInhouse({ client, callTags: { tenant: "t" }, contextPolicy: "trim" });
    const answer = await model.invoke([
      new HumanMessage("x".repeat(30)),
      new AIMessage("y".repeat(30)),
      new HumanMessage("Hi"),
    ]);
    expect(seen).toEqual([{ tenant: "t" }, "trim"]);
    expect(answer.response_metadata["droppedMessages"]).toBe(2);
  });

  test("that are not known are refused by the model, with what was meant", () => {
    const client = createClient({ provider: memory() });
    const wrong = (fields: object) => () => new ChatInhouse({ client, ...fields });
    expect(wrong({ temprature: 1 })).toThrow('unknown option "temprature"');
    expect(wrong({ apiKey: "k" })).toThrow("apiKey");
    expect(wrong({ maxConcurrency: 2 })).toThrow("maxConcurrency");
    expect(() => new ChatInhouse({} as ChatInhouseFields)).toThrow("expected a client");
    expect(wrong({ stop: ["a"], stopSequences: ["a"] })).toThrow("stopSequences");
  });

  test("of a call in another spelling are refused, those of frameworks are let be, others are told", async () => {
    const model = modelOf(memory());
    const call = (options: object) => model.invoke("Hi", options);
    await expect(call({ max_tokens: 5 })).rejects.toMatchObject({ hint: 'Did you mean "maxTokens"?' });
    await expect(call({ context: "trim" })).rejects.toMatchObject({ hint: 'Say contextPolicy: "trim".' });
    const answer = await call({ context: { user: "u" }, store: {}, safetyLevel: 3, strict: undefined });
    expect(answer.response_metadata["warnings"]).toMatchObject([{ option: "safetyLevel" }]);
  });

  test("are what traces and caches know of a call, without what is only the client's", () => {
    const model = modelOf(memory(), {
      model: "small",
      temperature: 0,
      callTags: { a: "b" },
      headers: { a: "b" },
      timeout: 5,
    });
    const params = model.invocationParams({
      tools: [{ name: "look", schema: { type: "object" } }],
      tool_choice: "any",
    });
    expect(params).toEqual({
      model: "small",
      temperature: 0,
      tools: [{ name: "look", parameters: { type: "object" } }],
      tool_choice: "required",
    });
    expect(model.getLsParams({})).toMatchObject({ ls_provider: "memory", ls_model_name: "small", ls_temperature: 0 });
  });
});

describe("errors", () => {
  test("of a prompt that does not fit are LangChain's ContextOverflowError, with both numbers", async () => {
    const { ContextOverflowError, LangChainError, getRetryable } = await import("@langchain/core/errors");
    const failure: unknown = await modelOf(memory())
      .invoke("x".repeat(5_000))
      .then(undefined, (error: unknown) => error);
    expect(ContextOverflowError.isInstance(failure)).toBe(true);
    expect(LangChainError.isInstance(failure)).toBe(true);
    expect(failure).toMatchObject({
      code: "context-length",
      lc_error_code: "CONTEXT_OVERFLOW",
      promptTokens: 5_000,
      contextLength: 4_096,
    });
    expect(getRetryable(failure)).toBe(false);
  });

  test("are tried again by the client alone, and by LangChain where one asks for it", async () => {
    const { InhouseError } = await import("../../../src/core/error.ts");
    const { getRetryable } = await import("@langchain/core/errors");
    const provider = memory({ reply: () => new InhouseError("overloaded", "No room.", { retryAfterMs: 1 }) });
    const model = modelOf(provider);
    const failure: unknown = await model.invoke("Hi").then(undefined, (error: unknown) => error);
    expect(failure).toMatchObject({ code: "overloaded", lc_error_code: "MODEL_RATE_LIMIT" });
    expect(getRetryable(failure)).toBe(true);
    expect(provider.requests).toHaveLength(3);

    const once = modelOf(provider, { maxRetries: 0 });
    await expect(once.withRetry({ stopAfterAttempt: 2 }).invoke("Hi")).rejects.toThrow("No room.");
    expect(provider.requests).toHaveLength(5);
  });

  test("lead to a fallback", async () => {
    const { InhouseError } = await import("../../../src/core/error.ts");
    const broken = modelOf(memory({ reply: () => new InhouseError("server", "Broken.") }), { maxRetries: 0 });
    const whole = modelOf(memory({ reply: () => "Here." }));
    expect((await broken.withFallbacks([whole]).invoke("Hi")).text).toBe("Here.");
  });

  test("of what a message cannot hold come before anything is sent", async () => {
    const provider = memory();
    const message = new HumanMessage({ content: [{ type: "image", fileId: "f-1" }] });
    await expect(modelOf(provider).invoke([message])).rejects.toMatchObject({ code: "unsupported" });
    await expect(modelOf(provider).stream([message])).rejects.toMatchObject({ code: "unsupported" });
    expect(provider.requests).toEqual([]);
  });
});

describe("what is kept", () => {
  test("has no client in it, hence no key: the model's JSON is its name", () => {
    const model = modelOf(memory(), { temperature: 0 });
    expect(JSON.parse(JSON.stringify(model))).toEqual({
      lc: 1,
      type: "not_implemented",
      id: ["langchain", "chat_models", "inhouse", "ChatInhouse"],
    });
    expect(Object.keys(model.lc_kwargs)).not.toContain("client");
  });

  test("and what is told of a call has no key: not in traces, not in errors, not where it is printed", async () => {
    await using server = await fakeLlamacpp({ apiKey: "another-key" });
    const provider = llamacpp({ baseURL: server.url, apiKey: "the-secret-key" });
    await using client = createClient({ provider });
    const told: unknown[] = [];
    const handler = {
      awaitHandlers: true,
      handleChatModelStart: (...given: unknown[]) => void told.push(...given),
      handleLLMError: (...given: unknown[]) => void told.push(...given),
    };
    const model = new ChatInhouse({ client, temperature: 0 });
    const failure: unknown = await model
      .invoke("Hi", { callbacks: [handler] })
      .then(undefined, (error: unknown) => error);
    expect(failure).toMatchObject({ code: "auth", lc_error_code: "MODEL_AUTHENTICATION" });
    expect(told.length).toBeGreaterThan(5);
    const shown = inspect([told, failure, model, model.bindTools([])], { depth: 20, showHidden: true });
    expect(shown + JSON.stringify([told, failure, model])).not.toContain("the-secret-key");
  });

  test("in a cache is told apart by model, options and schema", async () => {
    const provider = memory({ models: ["small", "large"] });
    const cache = new InMemoryCache();
    const model = modelOf(provider, { model: "small", cache });
    const asked = async (call: Promise<unknown>): Promise<number> => {
      const before = provider.requests.length;
      await call;
      return provider.requests.length - before;
    };
    expect(await asked(model.invoke("Hi"))).toBe(1);
    expect(await asked(model.invoke("Hi"))).toBe(0);
    expect(await asked(modelOf(provider, { model: "small", cache }).invoke("Hi"))).toBe(0);
    expect(await asked(model.invoke("Hi", { temperature: 0 }))).toBe(1);
    expect(await asked(modelOf(provider, { model: "large", cache }).invoke("Hi"))).toBe(1);
  });
});

describe("tokens", () => {
  test("are counted by the server, for texts and conversations", async () => {
    const provider = memory();
    const model = modelOf(provider);
    expect(await model.getNumTokens("four")).toBe(4); // a token of memory() is a letter
    expect(
      await model.getNumTokens([
        { type: "text", text: "ab" },
        { type: "image", url: "https://x.example/" },
      ]),
    ).toBe(2);
    expect(provider.requests.map(({ kind }) => kind)).toEqual(["tokenization", "tokenization"]);
    const kept = await trimMessages([new HumanMessage("a".repeat(50)), new HumanMessage("short")], {
      maxTokens: 10,
      tokenCounter: model,
      strategy: "last",
    });
    expect(kept.map(({ text }) => text)).toEqual(["short"]);
  });
});

describe("the profile", () => {
  test("is what the provider tells beforehand, until the server was asked", async () => {
    const model = modelOf(memory({ contextLength: 9_000 }));
    expect(model.profile).toMatchObject({ toolCalling: true, structuredOutput: true, imageInputs: false });
    expect(model.profile.maxInputTokens).toBeUndefined();
    expect(await model.loadProfile()).toMatchObject({ maxInputTokens: 9_000, reasoningOutput: true });
    expect(model.profile.maxInputTokens).toBe(9_000);
    expect(modelOf(memory(), { profile: { maxInputTokens: 7 } }).profile).toEqual({ maxInputTokens: 7 });
  });
});

test("a model works through a proxy, and as a copy of its fields", async () => {
  const model = modelOf(memory(), { temperature: 0 });
  const copy = Object.assign(Object.create(Object.getPrototypeOf(model)) as ChatInhouse, model);
  for (const same of [new Proxy(model, {}), copy]) expect((await same.invoke("Hi")).text).toBe("Hi");
});

test("a batch keeps its order, and failures where they belong", async () => {
  const model = modelOf(memory());
  const answers = await model.batch(
    ["one", "x".repeat(5_000), "three"],
    { maxConcurrency: 2 },
    { returnExceptions: true },
  );
  expect(answers.map((answer) => (answer instanceof Error ? "failed" : (answer as AIMessage).text))).toEqual([
    "one",
    "failed",
    "three",
  ]);
});

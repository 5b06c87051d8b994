import { describe, expect, inject, test as always } from "vitest";

import { createClient, isInhouseError, type Client } from "../../src/index.ts";
import { llamacppIdentity } from "../../src/providers/llamacpp/llamacpp-identify.ts";
import { openaiIdentity } from "../../src/providers/openai-compatible/openai-identify.ts";
import { vllm, type VllmRequestOptions } from "../../src/providers/vllm/index.ts";
import { vllmIdentity } from "../../src/providers/vllm/vllm-identify.ts";
import { eventsOf } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";
import { probeReplies } from "../support/probe-replies.ts";
import { requestsDone } from "./requests-done.ts";

const server = inject("vllm");
const nowhere = { url: "", model: "", adapter: "", apiKey: "", embeddingUrl: "", embeddingModel: "", version: "" };
const { url, model, adapter, apiKey, embeddingUrl, embeddingModel, version } =
  "unavailable" in server ? nowhere : server;

const test = "unavailable" in server ? always.skip : always;
const connect = (key = apiKey): Client => createClient({ provider: vllm({ baseURL: url, apiKey: key }), model });
const only = (options: VllmRequestOptions) => ({ providerOptions: { vllm: { ...options } } });

const weather = {
  name: "get_weather",
  description: "Get the weather for a city",
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
};

test("chat answers with text, usage with cached tokens, the server's request id and a message to go on with", async () => {
  await using client = connect();
  const ask = { messages: "What is the capital of France? ".repeat(40), maxTokens: 8, temperature: 0 };
  const first = await client.chat(ask);
  expect(first).toMatchObject({ model, finishReason: expect.stringMatching(/stop|length/), warnings: [] });
  expect(first.requestId).toBe(first.callId);
  const again = await client.chat(ask);
  expect(again.usage?.cachedInputTokens).toBeGreaterThan(0);
  const next = await client.chat({
    messages: [{ role: "user", content: "Say hello." }, first.message, { role: "user", content: "Again." }],
    maxTokens: 4,
  });
  expect(next.usage?.inputTokens).toBeGreaterThan(10);
});

describe("an answer is held", () => {
  test.each<[string, VllmRequestOptions["structuredOutputs"], RegExp]>([
    [
      "to a schema",
      {
        json: { type: "object", properties: { a: { type: "integer" } }, required: ["a"], additionalProperties: false },
      },
      /^\s*\{\s*"a"\s*:\s*\d+\s*\}\s*$/,
    ],
    ["to a regular expression", { regex: "[a-c]{3}" }, /^[a-c]{3}$/],
    ["to a choice", { choice: ["red", "green"] }, /^(red|green)$/],
    ["to a grammar", { grammar: 'root ::= "yes" | "no"' }, /^(yes|no)$/],
  ])("%s", async (_, structuredOutputs = {}, form) => {
    await using client = connect();
    const { text } = await client.chat({
      messages: "Answer.",
      maxTokens: 60,
      temperature: 0,
      ...only({ structuredOutputs }),
    });
    expect(text).toMatch(form);
  });

  test("to a schema by responseFormat, in chat and in completion", async () => {
    await using client = connect();
    const schema = {
      type: "object",
      properties: { name: { type: "string", maxLength: 8 } },
      required: ["name"],
      additionalProperties: false,
    };
    const common = { maxTokens: 60, temperature: 0, responseFormat: { type: "json-schema", schema } } as const;
    for (const { text } of [
      await client.chat({ messages: "A person.", ...common }),
      await client.complete({ prompt: "A person as JSON:", ...common }),
    ]) {
      expect(Object.keys(JSON.parse(text) as object)).toEqual(["name"]);
    }
  });

  test("to nothing that is not well written", async () => {
    await using client = connect();
    for (const wrong of [
      { grammar: "root ::= (" },
      only({ structuredOutputs: { regex: "[a" } }),
      { responseFormat: { type: "json-schema", schema: { type: "objekt" } } } as const,
    ]) {
      await expect(client.chat({ messages: "Hi", ...wrong })).rejects.toMatchObject({ code: "invalid-request" });
    }
  });
});

test.each(["required", { name: "get_weather" }] as const)(
  "a tool call under %j has the arguments of its schema",
  async (toolChoice) => {
    await using client = connect();
    const messages = "What is the weather in Paris today?";
    const result = await client.chat({ messages, tools: [weather], toolChoice, maxTokens: 80, temperature: 0 });
    expect(result.finishReason).toBe("tool-calls");
    expect(result.toolCalls).toMatchObject([{ name: "get_weather" }]);
    expect(JSON.parse(result.toolCalls[0]?.arguments ?? "")).toEqual({ city: expect.any(String) });
  },
);

test("the prompt's tokens have log probabilities, each with its id, in chat and in completion", async () => {
  await using client = connect();
  const { tokens, pieces = [] } = await client.tokenize({ text: "The sea is wide", withPieces: true });
  const completed = await client.complete({ prompt: "The sea is wide", maxTokens: 1, promptLogprobs: 2 });
  expect(completed.promptLogprobs.map(({ id }) => id)).toEqual(tokens.slice(1));
  expect(completed.promptLogprobs.map(({ token }) => token)).toEqual(pieces.slice(1));
  for (const { top } of completed.promptLogprobs) {
    expect(top).toHaveLength(2);
    expect(top[0]?.logprob).toBeGreaterThanOrEqual(top[1]?.logprob ?? 0);
  }
  const chatted = await client.chat({ messages: "Hi", maxTokens: 1, promptLogprobs: true });
  const { tokens: prompt } = await client.tokenize({ messages: "Hi" });
  expect(chatted.promptLogprobs.map(({ id }) => id)).toEqual(prompt.slice(1));
});

test("a conversation is split into the tokens that chat would send, a prefill included", async () => {
  await using client = connect();
  const messages = [
    { role: "user", content: "Capital of France?" },
    { role: "assistant", content: "The capital of" },
  ] as const;
  const { tokens, pieces = [] } = await client.tokenize({ messages, withPieces: true });
  expect(pieces.join("").endsWith("\nThe capital of")).toBe(true);
  const { usage, text } = await client.chat({ messages, maxTokens: 3, temperature: 0 });
  expect(usage?.inputTokens).toBe(tokens.length);
  expect(text.startsWith(" ")).toBe(true);
});

test("pieces are text, whole characters or not", async () => {
  await using client = connect();
  const { pieces = [] } = await client.tokenize({ text: "Grüße aus 世界\n", withPieces: true });
  expect(pieces.join("").startsWith("Grüße aus ")).toBe(true);
  expect(pieces.at(-1)).toBe("\n");
});

test("what only vLLM has reaches it", async () => {
  await using client = connect();
  const prompt = "The sea is";
  const echoed = await client.complete({ prompt, maxTokens: 3, ...only({ echo: true }) });
  expect(echoed.text.startsWith(prompt)).toBe(true);
  const long = await client.complete({
    prompt,
    maxTokens: 6,
    ...only({ minTokens: 6, priority: 5, cacheSalt: "pepper" }),
  });
  expect(long.usage?.outputTokens).toBe(6);
  const cut = await client.complete({ prompt: "a b c d e f g h", maxTokens: 1, ...only({ truncatePromptTokens: 2 }) });
  expect(cut.usage?.inputTokens).toBe(2);
  const { tokens } = await client.tokenize({ text: " Rome" });
  const forced = await client.complete({ prompt, maxTokens: 1, ...only({ allowedTokenIds: tokens.slice(0, 1) }) });
  expect(forced.text).toBe(" Rome");
  const beams = await client.chat({ messages: "Hello", n: 2, maxTokens: 4, ...only({ useBeamSearch: true }) });
  expect(beams.choices).toHaveLength(2);
  const raw = await client.complete({ prompt, maxTokens: 1, includeRaw: true, ...only({ returnTokenIds: true }) });
  expect(JSON.stringify(raw.raw)).toContain('"prompt_token_ids":[');
});

test("thinking can be switched, where the template has a switch", async () => {
  await using client = connect();
  for (const reasoning of [true, false, "low"] as const) {
    const { text, warnings } = await client.chat({ messages: "Hello", reasoning, maxTokens: 3 });
    expect(text.length).toBeGreaterThan(0);
    expect(warnings).toEqual([]);
  }
});

describe("LoRA", () => {
  test("an adapter is a model of its name, with the window of its base", async () => {
    await using client = connect();
    expect((await client.chat({ model: adapter, messages: "Hello", maxTokens: 3 })).model).toBe(adapter);
    const [base, lora] = await client.models();
    expect([base?.id, lora?.id, lora?.contextLength]).toEqual([model, adapter, base?.contextLength]);
  });

  test("an adapter is loaded and unloaded by name", async () => {
    await using client = connect();
    const provider = vllm({ baseURL: url, apiKey });
    const path = (await provider.adapters.list()).find(({ name }) => name === adapter)?.path ?? "";
    await provider.adapters.load({ name: "another", path });
    expect(await provider.adapters.list()).toContainEqual({ name: "another", path, base: model });
    expect((await client.chat({ model: "another", messages: "Hello", maxTokens: 2 })).model).toBe("another");
    await expect(provider.adapters.load({ name: "another", path })).rejects.toMatchObject({ code: "invalid-request" });
    await provider.adapters.unload("another");
    await expect(client.chat({ model: "another", messages: "Hello" })).rejects.toMatchObject({ code: "not-found" });
    await expect(provider.adapters.unload("another")).rejects.toMatchObject({ code: "not-found" });
    await expect(provider.adapters.load({ name: "x", path: "/no/such/adapter" })).rejects.toMatchObject({
      code: "not-found",
    });
    await provider.close();
  });
});

test("a model is warmed by what it can do", async () => {
  await using client = connect();
  expect(await client.warmUp()).toMatchObject({ by: "chat", model });
  await using embedder = createClient({ provider: vllm({ baseURL: embeddingUrl }) });
  expect(await embedder.warmUp()).toMatchObject({ by: "embedding", model: embeddingModel });
});

test("it tells what it can do, how it is set up and how busy it is", async () => {
  const provider = vllm({ baseURL: url, apiKey });
  const { contextLength, capabilities } = await provider.describe();
  expect(contextLength).toBe(2_048);
  expect(capabilities).toMatchObject({
    chat: { supported: "yes" },
    completion: { supported: "yes" },
    embedding: { supported: "no" },
    classification: { supported: "no" },
    tools: { supported: "unknown" },
  });
  expect(await provider.version()).toBe(version);
  expect(await provider.health()).toEqual({ status: "ready" });
  expect(await provider.load()).toBe(0);
  expect(await provider.serverInfo()).toMatchObject({ vllm_config: { model_config: { dtype: "torch.float32" } } });
  const { samples, kvCacheUsage } = await provider.metrics();
  expect(kvCacheUsage).toBeLessThanOrEqual(1);
  expect(samples.get("vllm:generation_tokens_total")?.[0]?.labels["model_name"]).toBe(model);
  await provider.close();
});

test("it is recognised, with its key and without, and is not taken for another", async () => {
  for (const key of [apiKey, undefined]) {
    expect(vllmIdentity.identify(await probeReplies(url, vllmIdentity, key))?.version).toBe(version);
    expect(openaiIdentity.identify(await probeReplies(url, openaiIdentity, key))).toBeDefined();
    expect(llamacppIdentity.identify(await probeReplies(url, llamacppIdentity, key))).toBeUndefined();
  }
});

test("several answers differ, and their tokens are all counted", async () => {
  await using client = connect();
  const { choices, usage } = await client.chat({ messages: "Name a colour.", n: 3, temperature: 1, maxTokens: 4 });
  expect(choices).toHaveLength(3);
  expect(usage?.outputTokens).toBeGreaterThan(4);
});

describe("is refused, with the next step:", () => {
  const picture = { type: "image", mediaType: "image/png", data: "iVBORw0KGgo=" } as const;
  test.each<[string, (client: Client) => Promise<unknown>, object]>([
    ["a wrong key", () => connect("wrong-key").chat({ messages: "Hi" }), { code: "auth" }],
    ["a model that there is not", (client) => client.chat({ messages: "Hi", model: "gpt-9" }), { code: "not-found" }],
    ["an embedding", (client) => client.embed({ input: "a" }), { code: "unsupported" }],
    ["a class", (client) => client.classify({ input: "a" }), { code: "unsupported" }],
    [
      "a picture",
      (client) => client.chat({ messages: [{ role: "user", content: [picture] }] }),
      { code: "unsupported" },
    ],
    ["a gap", (client) => client.complete({ prompt: "a", suffix: "b" }), { code: "unsupported" }],
    [
      "a template",
      (client) => client.chat({ messages: "Hi", ...only({ chatTemplate: "{{ 1 }}" }) }),
      { code: "unsupported", hint: expect.stringContaining("--trust-request-chat-template") },
    ],
    [
      "a budget for thinking",
      (client) => client.chat({ messages: "Hi", ...only({ thinkingTokenBudget: 5 }) }),
      { code: "unsupported", hint: expect.stringContaining("--reasoning-parser") },
    ],
    [
      "a prompt over the window",
      (client) => client.chat({ messages: "hello ".repeat(6_000) }),
      { code: "context-length", contextLength: 2_048 },
    ],
    [
      "more output than the window",
      (client) => client.chat({ messages: "Hi", maxTokens: 5_000 }),
      { code: "invalid-request", hint: expect.stringContaining("2048") },
    ],
    [
      "several answers at temperature 0",
      (client) => client.chat({ messages: "Hi", n: 2, temperature: 0 }),
      { code: "invalid-request", hint: expect.stringContaining("temperature") },
    ],
    [
      "a fifth stop text",
      (client) => client.chat({ messages: "Hi", stop: ["a", "b", "c", "d", "e"] }),
      { code: "invalid-request", hint: expect.stringContaining("VLLM_MAX_STOP_STRINGS") },
    ],
  ])("%s", async (_, call, error) => {
    await using client = connect();
    await expect(call(client)).rejects.toMatchObject({ retryable: false, ...error });
  });
});

test("more output than is left of the window is cut in silence by vLLM, as length, and refused by the client", async () => {
  await using client = connect();
  const prompt = "one two three ".repeat(670);
  const sampling = { maxTokens: 2_048, ignoreEos: true };
  const events = await eventsOf(client.provider.send, { kind: "completion", model, prompt, sampling, stream: false });
  const finish = events.at(-1);
  if (finish?.type !== "finish") throw new Error("no finish");
  const { finishReasons, usage } = finish;
  expect(finishReasons).toEqual(["length"]);
  expect((usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0)).toBe(2_048);
  const refused = await failureOf(client.complete({ prompt, ...sampling }));
  expect(refused).toMatchObject({ code: "context-length", contextLength: 2_048, promptTokens: usage?.inputTokens });
});

test("the total limit ends a call, keeps its text, and the server stops", async () => {
  await using client = connect();
  const call = client.chat({
    messages: "Tell me a long story.",
    maxTokens: 1_000,
    ignoreEos: true, // a small model may be done before
    timeout: { totalMs: 2_000 },
  });
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  if (!isInhouseError(error)) throw error;
  expect(error).toMatchObject({ code: "timeout", phase: "total", retryable: false });
  expect(error.partial?.text.length).toBeGreaterThan(0);
  await requestsDone(vllm({ baseURL: url, apiKey }));
});

test("twelve streams at a time over eight places all end, each with its own text", async () => {
  await using client = connect();
  const choices = Array.from({ length: 12 }, (_, index) => `answer ${String.fromCharCode(97 + index)}`);
  const results = await Promise.all(
    choices.map((choice) =>
      client.chat({ messages: "x", maxTokens: 12, ...only({ structuredOutputs: { choice: [choice] } }) }),
    ),
  );
  expect(results.map(({ text }) => text)).toEqual(choices);
});

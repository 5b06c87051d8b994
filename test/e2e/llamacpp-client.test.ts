import { expect, inject, test as always } from "vitest";

import { createClient, isInhouseError, type Client } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { llamacppIdentity } from "../../src/providers/llamacpp/llamacpp-identify.ts";
import { vllmIdentity } from "../../src/providers/vllm/vllm-identify.ts";
import { probeReplies } from "../support/probe-replies.ts";
import { slotsFree } from "./slots-free.ts";

const server = inject("llamacpp");
const { url = "", embeddingUrl = "", model = "", apiKey = "" } = "unavailable" in server ? {} : server;

const test = "unavailable" in server ? always.skip : always;
const connect = (baseURL = url): Client => createClient({ provider: llamacpp({ baseURL, apiKey }) });

test("chat answers with text, usage, both kinds of timings and a message to go on with", async () => {
  await using client = connect();
  const first = await client.chat({ messages: "Say hello.", maxTokens: 8, temperature: 0 });
  expect(first).toMatchObject({
    model,
    finishReason: expect.stringMatching(/stop|length/),
    warnings: [],
    failedAttempts: [],
  });
  expect(first.text.length).toBeGreaterThan(0);
  expect(first.usage?.outputTokens).toBeLessThanOrEqual(8);
  expect(first.serverTimings?.generationMs).toBeGreaterThan(0);
  expect(first.timings.firstTokenMs).toBeLessThan(first.timings.totalMs);
  const second = await client.chat({
    messages: [{ role: "user", content: "Say hello." }, first.message, { role: "user", content: "Again." }],
    maxTokens: 4,
  });
  expect(second.usage?.inputTokens).toBeGreaterThan(first.usage?.inputTokens ?? 0);
});

test("a stream gives text as it comes, its progress before, and its result after", async () => {
  await using client = connect();
  const stream = client.stream({ messages: "Count from one to twenty. ".repeat(20), maxTokens: 20, temperature: 0 });
  const seen: string[] = [];
  let text = "";
  for await (const event of stream) {
    seen.push(event.type);
    if (event.type === "text-delta") text += event.text;
  }
  const result = await stream.result;
  expect(result.text).toBe(text);
  expect(seen.indexOf("progress")).toBeGreaterThan(0);
  expect(seen.indexOf("progress")).toBeLessThan(seen.indexOf("text-delta"));
});

test("thinking between tags is a part of its own, in a stream cut anywhere", async () => {
  await using client = connect();
  const stream = client.stream({
    messages: "Hi",
    maxTokens: 40,
    grammar: 'root ::= "<think>\\n" [a-z ]{5,8} "\\n</think>\\n\\nhello"',
    providerOptions: { llamacpp: { reasoningFormat: "none" } },
  });
  let reasoning = "";
  for await (const event of stream) if (event.type === "reasoning-delta") reasoning += event.text;
  const result = await stream.result;
  expect(result.text).toBe("hello");
  expect(result.reasoning).toBe(reasoning);
  expect(result.reasoning).toMatch(/^[a-z ]{5,8}$/);
});

test("the whole sampling set reaches the sampler", async () => {
  await using client = connect();
  const { raw, warnings } = await client.complete({
    prompt: "One",
    maxTokens: 1,
    includeRaw: true,
    temperature: 0.5,
    dynatempRange: 0.25,
    dynatempExponent: 2,
    topP: 0.75,
    topK: 7,
    minP: 0.125,
    typicalP: 0.5,
    topNSigma: 3,
    xtcProbability: 0.25,
    xtcThreshold: 0.125,
    repeatPenalty: 1.5,
    repeatLastN: 5,
    presencePenalty: 0.5,
    frequencyPenalty: 0.25,
    dryMultiplier: 0.5,
    dryBase: 2,
    dryAllowedLength: 3,
    dryPenaltyLastN: 9,
    mirostatTau: 4,
    mirostatEta: 0.25,
    seed: 11,
    samplers: ["top_k", "temperature"],
    ignoreEos: true,
  });
  expect(warnings).toEqual([]);
  const last = raw.at(-1) as { generation_settings: Record<string, unknown> };
  expect(last.generation_settings).toMatchObject({
    temperature: 0.5,
    dynatemp_range: 0.25,
    dynatemp_exponent: 2,
    top_p: 0.75,
    top_k: 7,
    min_p: 0.125,
    typical_p: 0.5,
    top_n_sigma: 3,
    xtc_probability: 0.25,
    xtc_threshold: 0.125,
    repeat_penalty: 1.5,
    repeat_last_n: 5,
    presence_penalty: 0.5,
    frequency_penalty: 0.25,
    dry_multiplier: 0.5,
    dry_base: 2,
    dry_allowed_length: 3,
    dry_penalty_last_n: 9,
    mirostat_tau: 4,
    mirostat_eta: 0.25,
    seed: 11,
    samplers: ["top_k", "temperature"],
    ignore_eos: true,
    n_predict: 1,
  });
});

test("a bias decides which token comes", async () => {
  await using client = connect();
  const { tokens } = await client.tokenize({ text: " Rome" });
  const bias = Object.fromEntries(tokens.slice(0, 1).map((token) => [token, 100]));
  const { text } = await client.complete({ prompt: "The capital is", maxTokens: 1, temperature: 0, logitBias: bias });
  expect(text).toBe(" Rome");
});

test("embeds more inputs than fit into one request, in their order", async () => {
  await using embedder = connect(embeddingUrl);
  const input = Array.from({ length: 21 }, (_, index) => `Sentence number ${index % 7} is here.`);
  const { embeddings, usage } = await embedder.embed({ input, batchSize: 4, concurrency: 3 });
  expect(embeddings).toHaveLength(21);
  const width = (await embedder.describe()).embeddingLength;
  expect(new Set(embeddings.map(({ length }) => length))).toEqual(new Set([width]));
  for (let index = 0; index < 14; index += 1) {
    const [a = [], b = []] = [embeddings[index], embeddings[index + 7]];
    expect(Math.max(...a.map((value, at) => Math.abs(value - (b[at] ?? 0))))).toBeLessThan(1e-3);
  }
  expect(usage?.inputTokens).toBeGreaterThan(21);
});

test("an unknown model is refused before the call, though the server would answer", async () => {
  await using client = connect();
  await expect(client.chat({ messages: "Hi", model: "gpt-9" })).rejects.toMatchObject({
    code: "not-found",
    hint: expect.stringContaining(model),
  });
});

test("a prompt over the context is refused with both numbers", async () => {
  await using client = connect();
  const { contextLength = 0 } = await client.describe();
  const error: unknown = await client.chat({ messages: "hello ".repeat(6_000) }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "context-length", contextLength });
  expect((error as { promptTokens: number }).promptTokens).toBeGreaterThan(6_000);
});

test("tools that the template would drop are refused where they must be the server's own", async () => {
  await using client = connect();
  const call = client.chat({ messages: "Hi", tools: [{ name: "look" }], toolStrategy: "native" });
  await expect(call).rejects.toMatchObject({
    code: "unsupported",
    hint: expect.stringContaining("--chat-template-file"),
  });
});

test("a picture for a model without eyes is refused", async () => {
  await using client = connect();
  const picture = { type: "image", mediaType: "image/png", data: "iVBORw0KGgo=" } as const;
  await expect(client.chat({ messages: [{ role: "user", content: [picture] }] })).rejects.toMatchObject({
    code: "unsupported",
    hint: expect.stringContaining("--mmproj"),
  });
});

test.each([
  ["a sound", "RIFF\x10\0\0\0WAVEfmt ", /modalities\.audio/],
  ["a film", "\0\0\0\x20ftypisom\0\0", /modalities\.video/],
  ["a picture in bytes", "\x89PNG\r\n\x1a\n", /modalities\.vision/],
])("%s for a model that cannot take it is refused by its head", async (_, head, evidence) => {
  await using client = connect();
  const part = { type: "file", data: Buffer.from(head, "latin1") } as const;
  await expect(client.chat({ messages: [{ role: "user", content: [part] }] })).rejects.toMatchObject({
    code: "unsupported",
    message: expect.stringMatching(evidence),
    hint: expect.stringContaining("--mmproj"),
  });
});

test("it is recognised, with its key and without, and is not taken for another", async () => {
  for (const key of [apiKey, undefined]) {
    expect(llamacppIdentity.identify(await probeReplies(url, llamacppIdentity, key))?.evidence).toContain("GET /");
    expect(vllmIdentity.identify(await probeReplies(url, vllmIdentity, key))).toBeUndefined();
  }
});

/** A small model may be done with its story before anybody interrupts it. */
const endless = { maxTokens: 1_000, ignoreEos: true };

test("the total limit ends a call, keeps its text, and frees the slot", async () => {
  await using client = connect();
  const call = client.chat({ messages: "Tell me a long story.", ...endless, timeout: { totalMs: 700 } });
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  if (!isInhouseError(error)) throw error;
  expect(error).toMatchObject({ code: "timeout", phase: "total", retryable: false });
  expect(error.partial?.text.length).toBeGreaterThan(0);
  await slotsFree(llamacpp({ baseURL: url, apiKey }));
});

test("closing the client ends what runs, and frees the slot", async () => {
  const client = connect();
  const stream = client.stream({ messages: "Tell me a long story.", ...endless });
  await expect(
    (async () => {
      for await (const _ of stream.text) await client.close();
    })(),
  ).rejects.toMatchObject({ code: "closed" });
  await slotsFree(llamacpp({ baseURL: url, apiKey }));
});

test("twenty streams at a time over two slots all end, each with its own text", async () => {
  await using client = connect();
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      client.chat({ messages: "x", maxTokens: 30, grammar: `root ::= "answer ${String.fromCharCode(97 + index)}"` }),
    ),
  );
  expect(results.map(({ text }) => text)).toEqual(
    Array.from({ length: 20 }, (_, index) => `answer ${String.fromCharCode(97 + index)}`),
  );
});

import { expect, inject, test as always } from "vitest";

import { createClient } from "../../src/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";

const server = inject("vllm");
const { embeddingUrl: baseURL, embeddingModel: model } =
  "unavailable" in server ? { embeddingUrl: "", embeddingModel: "" } : server;

const test = "unavailable" in server ? always.skip : always;
const documents = ["Paris is the capital of France.", "Cats purr.", "The Louvre is in Paris."];

test("vectors of many texts, in their order, of length one", async () => {
  await using client = createClient({ provider: vllm({ baseURL }), model });
  const input = Array.from({ length: 20 }, (_, index) => `Sentence number ${index % 5} is here.`);
  const { embeddings, usage } = await client.embed({ input, batchSize: 6, concurrency: 2 });
  expect(embeddings.map(({ length }) => length)).toEqual(input.map(() => 384));
  expect(Math.hypot(...(embeddings[0] ?? []))).toBeCloseTo(1);
  const [a = [], b = []] = [embeddings[3], embeddings[8]];
  expect(Math.max(...a.map((value, at) => Math.abs(value - (b[at] ?? 0))))).toBeLessThan(1e-3);
  expect(usage?.inputTokens).toBeGreaterThan(20);
});

test("documents are ranked and scored alike, by meaning", async () => {
  const provider = vllm({ baseURL });
  await using client = createClient({ provider, model });
  const query = "capital of France";
  const { results } = await client.rerank({ query, documents, topN: 2 });
  expect(results.map(({ document }) => document)).toEqual([documents[0], documents[2]]);
  const scores = await provider.score({ model, queries: query, documents });
  expect(scores[0]).toBeCloseTo(results[0]?.score ?? 0, 3);
  expect(scores[1]).toBeLessThan(scores[2] ?? 0);
  expect(await provider.score({ queries: documents, documents })).toHaveLength(3);
});

test("pooling gives what embedding gives, without a reading of it", async () => {
  const provider = vllm({ baseURL });
  await using client = createClient({ provider, model });
  const [pooled = []] = await provider.pool({ model, inputs: ["hello world"], task: "embed" });
  const { embeddings } = await client.embed({ input: "hello world" });
  expect(pooled).toHaveLength(384);
  expect(Number(pooled[0])).toBeCloseTo(embeddings[0]?.[0] ?? 0, 5);
  await expect(provider.pool({ inputs: "a", task: "classify" })).rejects.toMatchObject({ code: "unsupported" });
});

test("a text too long is refused, or cut where that is asked for", async () => {
  await using client = createClient({ provider: vllm({ baseURL }), model });
  const input = "sea ".repeat(1_000);
  await expect(client.embed({ input })).rejects.toMatchObject({ code: "context-length", contextLength: 256 });
  const { usage } = await client.embed({ input, providerOptions: { vllm: { truncatePromptTokens: -1 } } });
  expect(usage?.inputTokens).toBe(256);
});

test("it says what it is not for", async () => {
  const provider = vllm({ baseURL });
  await using client = createClient({ provider, model });
  const { capabilities } = await client.describe();
  expect(capabilities).toMatchObject({
    chat: { supported: "no" },
    embedding: { supported: "yes" },
    rerank: { supported: "yes" },
    classification: { supported: "no" },
  });
  await expect(client.chat({ messages: "Hi" })).rejects.toMatchObject({ code: "unsupported" });
  await expect(client.embed({ input: "a", dimensions: 64 })).rejects.toMatchObject({ code: "unsupported" });
  await expect(provider.serverInfo()).rejects.toMatchObject({ hint: expect.stringContaining("VLLM_SERVER_DEV_MODE") });
  await expect(provider.adapters.load({ name: "a", path: "/a" })).rejects.toMatchObject({ code: "unsupported" });
});

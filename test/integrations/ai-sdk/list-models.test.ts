import { describe, expect, test } from "vitest";

import { createClient, isInhouseError } from "../../../src/index.ts";
import { createInhouse as inhouseOf } from "../../../src/integrations/ai-sdk/index.ts";
import { openaiCompatible, whispercppDialect } from "../../../src/providers/openai-compatible/index.ts";
import { vllm } from "../../../src/providers/vllm/index.ts";
import { fakeVllm, fakeWhispercpp, memory } from "../../../src/testing/index.ts";
import { aiSdks } from "../../support/ai-sdks.ts";
import { recordingOf } from "../../support/spoken.ts";

describe.each(aiSdks)("lists with %s", (_, { ai, createInhouse }) => {
  test("embedMany() hands all texts over at once, and the client sends them in batches", async () => {
    await using server = await fakeVllm({ task: "embed" });
    await using client = createClient({ provider: vllm({ baseURL: server.url }) });
    const values = Array.from({ length: 70 }, (_unused, index) => `text ${index}`);
    const { embeddings, warnings } = await ai.embedMany({
      model: createInhouse({ client }).embeddingModel("fake"),
      values,
      providerOptions: { inhouse: { batchSize: 10 } },
    });
    expect(embeddings).toHaveLength(70);
    expect(warnings).toEqual([]);
    expect(server.requests.filter(({ path }) => path === "/v1/embeddings")).toHaveLength(7);
  });

  test("maxEmbeddingsPerCall divides what embedMany() hands over, and refuses more", async () => {
    const provider = memory();
    const model = createInhouse({ client: createClient({ provider }), maxEmbeddingsPerCall: 3 }).embeddingModel();
    const { embeddings, usage } = await ai.embedMany({ model, values: ["a", "b", "c", "d", "e"] });
    expect(embeddings).toHaveLength(5);
    expect(usage.tokens).toBe(5);
    expect(provider.requests).toHaveLength(2);
    const error: unknown = await model.doEmbed({ values: ["a", "b", "c", "d"] }).catch((reason: unknown) => reason);
    expect(ai.TooManyEmbeddingValuesForCallError.isInstance(error) && error.maxEmbeddingsPerCall).toBe(3);
    expect(isInhouseError(error) && error.message).toMatch(/4 texts/);
    expect(ai.InvalidArgumentError.isInstance(error)).toBe(false);
  });

  test("rerank() orders texts, and objects by their JSON", async () => {
    const client = createClient({ provider: memory() });
    const model = createInhouse({ client }).rerankingModel();
    const documents = ["bread and butter", "the sky is blue", "blue"];
    const { ranking, rerankedDocuments } = await ai.rerank({ model, query: "the blue sky", documents, topN: 2 });
    expect(rerankedDocuments[0]).toBe("the sky is blue");
    expect(ranking).toHaveLength(2);
    const objects = await ai.rerank({ model, query: "the blue sky", documents: documents.map((text) => ({ text })) });
    expect(objects.rerankedDocuments[0]).toEqual({ text: "the sky is blue" });
    const { warnings } = await model.doRerank({ query: "a", documents: { type: "object", values: [{ a: 1 }] } });
    expect(warnings).toEqual([expect.objectContaining({ type: "compatibility", feature: "object documents" })]);
  });

  test("transcribe() tells text, segments in seconds, language and length", async () => {
    await using server = await fakeWhispercpp();
    const provider = openaiCompatible({ baseURL: server.url, dialect: whispercppDialect });
    await using client = createClient({ provider });
    const model = createInhouse({ client }).transcriptionModel();
    const audio = recordingOf("Good morning. How are you?");
    const result = await ai.experimental_transcribe({ model, audio });
    expect(result.text).toBe("Good morning. How are you?");
    expect(result.segments).toEqual([
      { text: "Good morning.", startSecond: 0, endSecond: 0.8 },
      { text: "How are you?", startSecond: 0.8, endSecond: 2 },
    ]);
    expect(result.language).toBe("en"); // the server says "english"
    expect(result.durationInSeconds).toBe(2);
    expect(result.warnings).toEqual([]);
    const base64 = await ai.experimental_transcribe({ model, audio: Buffer.from(audio).toString("base64") });
    expect(base64.text).toBe(result.text);
  });
});

test("the size of vectors that the AI SDK 7 asks for reaches the server", async () => {
  const provider = memory();
  const model = inhouseOf({ client: createClient({ provider }) }).embeddingModel();
  await model.doEmbed({ values: ["a"], dimensions: 8 });
  expect(provider.requests[0]).toMatchObject({ dimensions: 8 });
});

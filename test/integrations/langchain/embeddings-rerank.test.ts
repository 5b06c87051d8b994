import { Document } from "@langchain/core/documents";
import { FakeVectorStore } from "@langchain/core/utils/testing";
import { expect, test } from "vitest";

import { createClient } from "../../../src/client/client.ts";
import { InhouseError } from "../../../src/core/error.ts";
import { InhouseEmbeddings, InhouseRerank } from "../../../src/integrations/langchain/index.ts";
import { memory } from "../../../src/testing/memory.ts";

test("texts become vectors in their order, in batches, and a vector store finds what is near", async () => {
  const provider = memory();
  const embeddings = new InhouseEmbeddings({ client: createClient({ provider }), batchSize: 2 });
  const vectors = await embeddings.embedDocuments(["aaa", "bbb", "ccc"]);
  expect(vectors).toHaveLength(3);
  expect(provider.requests.filter(({ kind }) => kind === "embedding")).toHaveLength(2);
  expect(await embeddings.embedQuery("bbb")).toEqual(vectors[1]);
  expect(await embeddings.embedDocuments([])).toEqual([]);

  const store = await FakeVectorStore.fromTexts(["snow and ice", "sand and sun"], [{}, {}], embeddings);
  const [nearest] = await store.similaritySearch("sun sand", 1);
  expect(nearest?.pageContent).toBe("sand and sun");
});

test("documents come back by relevance, with their score, and otherwise as they were", async () => {
  const compressor = new InhouseRerank({ client: createClient({ provider: memory() }), topN: 2 });
  const documents = ["sand", "snow and ice", "the sun"].map(
    (pageContent, index) => new Document({ pageContent, metadata: { page: index }, id: `d${index}` }),
  );
  const best = await compressor.compressDocuments(documents, "snow and ice");
  expect(best).toHaveLength(2);
  expect(best[0]).toMatchObject({ pageContent: "snow and ice", id: "d1", metadata: { page: 1 } });
  const [first, second] = best.map(({ metadata }) => metadata["relevanceScore"] as number);
  expect(first).toBeGreaterThanOrEqual(second ?? Infinity);
  expect(documents[1]?.metadata).toEqual({ page: 1 });
  expect(await compressor.compressDocuments([], "snow")).toEqual([]);
});

test("the client alone tries again, and its errors are LangChain's as well", async () => {
  const provider = memory({ reply: () => new InhouseError("auth", "No key.", { status: 401 }) });
  const client = createClient({ provider });
  const failure = { code: "auth", lc_error_code: "MODEL_AUTHENTICATION" };
  await expect(new InhouseEmbeddings({ client }).embedQuery("a")).rejects.toMatchObject(failure);
  const documents = [new Document({ pageContent: "a" })];
  await expect(new InhouseRerank({ client }).compressDocuments(documents, "a")).rejects.toMatchObject(failure);
  expect(provider.requests).toHaveLength(2);
});

test("a wrong option is refused", () => {
  const client = createClient({ provider: memory() });
  expect(() => new InhouseEmbeddings({ client, batchsize: 1 } as never)).toThrow('unknown option "batchsize"');
  expect(() => new InhouseRerank({ client, topK: 1 } as never)).toThrow('unknown option "topK"');
  expect(() => new InhouseRerank({} as never)).toThrow("expected a client");
});

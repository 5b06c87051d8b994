import { Document } from "@langchain/core/documents";
import { expect, onTestFinished, test } from "vitest";

import { createClient } from "../../../src/client/client.ts";
import { ChatInhouse, InhouseEmbeddings, InhouseRerank } from "../../../src/integrations/langchain/index.ts";
import { vllm } from "../../../src/providers/vllm/index.ts";
import { fakeVllm, type FakeVllmOptions } from "../../../src/testing/index.ts";

/** A client of a fake vLLM, and the headers of the calls that came. */
async function served(options: FakeVllmOptions = {}) {
  const server = await fakeVllm(options);
  const client = createClient({ provider: vllm({ baseURL: server.url }) });
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  const calls = () => server.requests.filter(({ method }) => method === "POST").map((request) => request.headers);
  return { client, calls };
}

const headers = { "x-team": "accounting", "x-app": "a" };

test("headers of a call go with those of the model to the server, whole or in a stream; traces have none", async () => {
  const { client, calls } = await served();
  const told: unknown[] = [];
  const model = new ChatInhouse({
    client,
    headers,
    callbacks: [{ handleChatModelStart: (...args: unknown[]) => void told.push(args) }],
  });
  await model.invoke("Hi", { headers: { "x-app": "of-the-call" } });
  for await (const _ of await model.stream("Hi", { headers: { "x-app": "of-the-call" } }));
  await model.invoke("Hi");
  expect(calls()).toMatchObject([
    { "x-team": "accounting", "x-app": "of-the-call" },
    { "x-team": "accounting", "x-app": "of-the-call" },
    { "x-team": "accounting", "x-app": "a" },
  ]);
  expect(told).toHaveLength(3);
  expect(JSON.stringify(told)).not.toMatch(/accounting|of-the-call/);
});

test("headers of embeddings and of a compressor reach the server", async () => {
  const { client, calls } = await served({ task: "embed" });
  await new InhouseEmbeddings({ client, headers }).embedQuery("Hi");
  const documents = [new Document({ pageContent: "a" })];
  await new InhouseRerank({ client, headers }).compressDocuments(documents, "a");
  expect(calls()).toMatchObject([headers, headers]);
});

test("headers that are not the caller's to say are refused", async () => {
  const { client, calls } = await served();
  const asked = new ChatInhouse({ client }).invoke("Hi", { headers: { authorization: "Bearer sk-secret-1" } });
  await expect(asked).rejects.toMatchObject({ code: "invalid-request", hint: "Pass apiKey to the provider." });
  expect(calls()).toEqual([]);
});

import { afterAll, describe, expect, test } from "vitest";

import { createClient } from "../../src/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { contractCases, fakeVllm, providerContract } from "../../src/testing/index.ts";

const server = await fakeVllm({ pauseMs: 1, apiKey: "right-key" });
const embedding = await fakeVllm({ task: "embed" });
const classifier = await fakeVllm({ task: "classify" });
const speech = await fakeVllm({ task: "transcribe" });
afterAll(() => Promise.all([server.close(), embedding.close(), classifier.close(), speech.close()]));

const idle = (): Promise<void> => server.idle();

describe("vllm()", () => {
  providerContract(
    { test, expect },
    {
      provider: () => vllm({ baseURL: server.url, apiKey: "right-key" }),
      model: "fake",
      supports: { chat: "yes", completion: "yes" },
      idle,
      withWrongKey: () => vllm({ baseURL: server.url, apiKey: "wrong-key" }),
      unreachable: () => vllm({ baseURL: "http://127.0.0.1:1" }),
      async crashing() {
        const own = await fakeVllm({ pauseMs: 5 });
        return {
          provider: vllm({ baseURL: own.url }),
          crash: async () => {
            own.crash();
            await own.close();
          },
        };
      },
    },
  );
});

describe("openaiCompatible()", () => {
  const connect = (apiKey: string) =>
    openaiCompatible({ baseURL: `${server.url}/v1`, apiKey, dialect: { alwaysStreams: true } });
  providerContract(
    { test, expect },
    { provider: () => connect("right-key"), model: "fake", idle, withWrongKey: () => connect("wrong-key") },
  );
});

test("a full queue is waited for", async () => {
  const busy = await fakeVllm({ busyReplies: 1 });
  await using client = createClient({ provider: vllm({ baseURL: busy.url }) });
  const { text, failedAttempts } = await client.chat({ messages: "Hello there" });
  expect([text, failedAttempts.map(({ code }) => code)]).toEqual(["Hello there", ["overloaded"]]);
  await busy.close();
});

test("a vLLM without a model is as talkative as one with", async () => {
  const provider = vllm({ baseURL: embedding.url });
  expect(await provider.score({ queries: "cats", documents: ["tax law", "cats and dogs"] })).toEqual([0, 1]);
  expect(await provider.pool({ inputs: ["a", "b"] })).toHaveLength(2);
  expect((await provider.describe()).capabilities).toMatchObject({
    chat: { supported: "no" },
    embedding: { supported: "yes" },
  });
  expect(await provider.metrics()).toMatchObject({ runningRequests: 0, waitingRequests: 0 });
  expect([await provider.load(), await provider.version()]).toEqual([0, "0.32.0-fake"]);
  await provider.close();
  const chat = createClient({ provider: vllm({ baseURL: server.url, apiKey: "right-key" }) });
  const { promptLogprobs } = await chat.complete({ prompt: "abc", promptLogprobs: true });
  expect(promptLogprobs.map(({ token }) => token)).toEqual(["b", "c"]);
  await chat.close();
});

for (const [about, url] of [
  ["embedding", embedding.url],
  ["rerank", embedding.url],
  ["classification", classifier.url],
  ["tokenization", classifier.url],
  ["transcription", speech.url],
] as const) {
  for (const contractCase of contractCases.filter((candidate) => candidate.about === about)) {
    test(`a vLLM for ${about}: ${contractCase.name}`, () =>
      contractCase.run(
        { provider: () => vllm({ baseURL: url }), model: "fake", supports: { [about]: "yes" } },
        expect,
      ));
  }
}

import { afterAll, describe, expect, test } from "vitest";

import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { contractCases, fakeVllm, providerContract } from "../../src/testing/index.ts";

const server = await fakeVllm({ pauseMs: 1, apiKey: "right-key" });
const embedding = await fakeVllm({ task: "embed" });
const classifier = await fakeVllm({ task: "classify" });
afterAll(() => Promise.all([server.close(), embedding.close(), classifier.close()]));

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

for (const [about, url] of [
  ["embedding", embedding.url],
  ["rerank", embedding.url],
  ["classification", classifier.url],
  ["tokenization", classifier.url],
] as const) {
  for (const contractCase of contractCases.filter((candidate) => candidate.about === about)) {
    test(`a vLLM for ${about}: ${contractCase.name}`, () =>
      contractCase.run(
        { provider: () => vllm({ baseURL: url }), model: "fake", supports: { [about]: "yes" } },
        expect,
      ));
  }
}

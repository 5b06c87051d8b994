import { describe, expect, inject, test } from "vitest";

import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { contractCases, providerContract } from "../../src/testing/index.ts";
import { longAnswers } from "./long-answers.ts";
import { requestsDone } from "./requests-done.ts";

const server = inject("vllm");
const nowhere = { url: "", model: "", apiKey: "", embeddingUrl: "", embeddingModel: "" };
const { url, model, apiKey, embeddingUrl, embeddingModel } = "unavailable" in server ? nowhere : server;
const here = "unavailable" in server ? test.skip : test;
const runner = { test: here, expect };

const idle = (): Promise<void> => requestsDone(vllm({ baseURL: url, apiKey }));

describe("vllm() on a real vLLM", () => {
  const connect = (baseURL: string, key: string) => () => vllm({ baseURL, apiKey: key });
  providerContract(runner, {
    provider: connect(url, apiKey),
    model,
    supports: { chat: "yes", completion: "yes", embedding: "no", rerank: "no", infill: "no" },
    idle,
    withWrongKey: connect(url, "wrong-key"),
    unreachable: connect("http://127.0.0.1:1", apiKey),
  });
});

describe("openaiCompatible() on a real vLLM", () => {
  const prefillExtras = { continue_final_message: true, add_generation_prompt: false };
  const connect = (baseURL: string, key: string) => () =>
    openaiCompatible({ baseURL, apiKey: key, dialect: { alwaysStreams: true, prefillExtras } });
  providerContract(runner, {
    provider: connect(`${url}/v1`, apiKey),
    model,
    longAnswers,
    idle,
    withWrongKey: connect(`${url}/v1`, "wrong-key"),
    unreachable: connect("http://127.0.0.1:1/v1", apiKey),
  });
});

describe("on a real vLLM that embeds", () => {
  const cases = contractCases.filter(({ about }) => about === "embedding" || about === "rerank");
  for (const [name, provider] of [
    ["vllm()", () => vllm({ baseURL: embeddingUrl })],
    ["openaiCompatible()", () => openaiCompatible({ baseURL: `${embeddingUrl}/v1` })],
  ] as const) {
    for (const contractCase of cases) {
      const subject = { provider, model: embeddingModel, supports: { embedding: "yes", rerank: "yes" } } as const;
      here(`${name}: ${contractCase.name}`, () => contractCase.run(subject, expect));
    }
  }
});

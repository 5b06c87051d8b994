import { describe, expect, inject, test } from "vitest";

import { startLlamaServer } from "../../scripts/servers/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { contractCases, providerContract, type ContractSubject } from "../../src/testing/index.ts";
import { longAnswers } from "./long-answers.ts";
import { slotsFree } from "./slots-free.ts";

const server = inject("llamacpp");
const { url = "", embeddingUrl = "", model = "", apiKey = "" } = "unavailable" in server ? {} : server;
const here = "unavailable" in server ? test.skip : test;
const runner = { test: here, expect };

/** A server of its own, to be killed. */
const crashing = (connect: (baseURL: string) => ContractSubject["provider"]) => async () => {
  const own = await startLlamaServer();
  return { provider: connect(own.url)(), crash: () => own.kill() };
};

describe("llamacpp() on a real llama-server", () => {
  const connect = (baseURL: string, key: string) => () => llamacpp({ baseURL, apiKey: key });
  providerContract(runner, {
    provider: connect(url, apiKey),
    model,
    idle: () => slotsFree(connect(url, apiKey)()),
    withWrongKey: connect(url, "wrong-key"),
    unreachable: connect("http://127.0.0.1:1", apiKey),
    crashing: crashing((baseURL) => connect(baseURL, apiKey)),
  });
});

describe("openaiCompatible() on a real llama-server", () => {
  const connect = (baseURL: string, key: string) => () =>
    openaiCompatible({
      baseURL,
      apiKey: key,
      dialect: { alwaysStreams: true, echoesPrefill: true, fewestTopLogprobs: 1 },
    });
  providerContract(runner, {
    provider: connect(`${url}/v1`, apiKey),
    model,
    longAnswers,
    idle: () => slotsFree(llamacpp({ baseURL: url, apiKey })),
    withWrongKey: connect(`${url}/v1`, "wrong-key"),
    unreachable: connect("http://127.0.0.1:1/v1", apiKey),
    crashing: crashing((baseURL) => connect(`${baseURL}/v1`, apiKey)),
  });
});

describe("on a real llama-server that embeds", () => {
  const cases = contractCases.filter(({ about }) => about === "embedding");
  for (const [name, provider] of [
    ["llamacpp()", () => llamacpp({ baseURL: embeddingUrl, apiKey })],
    ["openaiCompatible()", () => openaiCompatible({ baseURL: `${embeddingUrl}/v1`, apiKey })],
  ] as const) {
    for (const contractCase of cases) {
      here(`${name}: ${contractCase.name}`, () =>
        contractCase.run({ provider, model, supports: { embedding: "yes" } }, expect),
      );
    }
  }
});

import { describe, expect, inject, test } from "vitest";

import { startOllama } from "../../scripts/servers/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { classifyOllama } from "../../src/providers/ollama/ollama-classify.ts";
import { openaiCompatible, type Dialect } from "../../src/providers/openai-compatible/index.ts";
import { contractCases, providerContract, type ContractSubject } from "../../src/testing/index.ts";
import { continuingModel } from "../support/continuing-model.ts";
import { longAnswers } from "./long-answers.ts";
import { runnersFree } from "./ollama-runners.ts";

const server = inject("ollama");
const { url = "", pid = 0 } = "unavailable" in server ? {} : server;
const here = "unavailable" in server ? test.skip : test;

/** A server of its own, to be killed. */
const crashing = (connect: (baseURL: string) => ContractSubject["provider"]) => async () => {
  const own = await startOllama();
  return { provider: connect(own.url)(), crash: () => own.kill() };
};

describe("ollama() on a real Ollama", () => {
  const connect = (baseURL: string) => () => ollama({ baseURL });
  providerContract(
    { test: here, expect },
    {
      provider: connect(url),
      model: continuingModel,
      longAnswers,
      idle: () => runnersFree(pid),
      unreachable: connect("http://127.0.0.1:1"),
    },
  );
});

describe("ollama() on a real Ollama that is killed", () => {
  const subject: ContractSubject = {
    provider: () => ollama({ baseURL: url }),
    model: "smollm2",
    crashing: crashing((baseURL) => () => ollama({ baseURL })),
  };
  for (const contractCase of contractCases.filter(({ needs }) => needs === "crashing")) {
    here(contractCase.name, () => contractCase.run(subject, expect));
  }
});

/** What Ollama's other protocol cannot do, and does not say: the reason why the native one is spoken. */
const beyondV1: Readonly<Record<string, string>> = {
  "gives as many answers as were asked for, or refuses": "n is ignored in silence",
  "refuses a prompt that is longer than the context, with the numbers if the server tells them": "it is cut in silence",
};

describe("openaiCompatible() on a real Ollama", () => {
  const dialect: Partial<Dialect> = {
    alwaysStreams: true,
    // A path that is not there is an operation that is not there.
    classify: (report) => (report.message === "404 page not found" ? { code: "unsupported" } : classifyOllama(report)),
  };
  const connect = (baseURL: string) => () => openaiCompatible({ baseURL, dialect });
  const subject: ContractSubject = {
    provider: connect(`${url}/v1`),
    model: `${continuingModel}:latest`, // its list knows no short names
    longAnswers,
    idle: () => runnersFree(pid),
    unreachable: connect("http://127.0.0.1:1/v1"),
    crashing: crashing((baseURL) => connect(`${baseURL}/v1`)),
  };
  for (const contractCase of contractCases.filter(({ name }) => !Object.hasOwn(beyondV1, name))) {
    const { name, needs } = contractCase;
    if (needs !== undefined && subject[needs] === undefined) continue;
    here(name, () => contractCase.run(needs === "crashing" ? { ...subject, model: "smollm2" } : subject, expect));
  }
});

describe("on a real Ollama with an embedding model", () => {
  for (const [name, provider] of [
    ["ollama()", () => ollama({ baseURL: url })],
    ["openaiCompatible()", () => openaiCompatible({ baseURL: `${url}/v1` })],
  ] as const) {
    for (const contractCase of contractCases.filter(({ about }) => about === "embedding")) {
      here(`${name}: ${contractCase.name}`, () =>
        contractCase.run({ provider, model: "smollm2-embedding", supports: { embedding: "yes" } }, expect),
      );
    }
  }
});

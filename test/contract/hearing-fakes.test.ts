import { afterAll, describe, expect, test } from "vitest";

import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openaiCompatible, whispercppDialect } from "../../src/providers/openai-compatible/index.ts";
import { contractCases, fakeLlamacpp, fakeOllama, fakeVllm, fakeWhispercpp } from "../../src/testing/index.ts";

const llama = await fakeLlamacpp({ hears: true });
const olla = await fakeOllama({ hears: true });
const whisper = await fakeWhispercpp();
const speech = await fakeVllm({ task: "transcribe" });
afterAll(() => Promise.all([llama, olla, whisper, speech].map((server) => server.close())));

describe.each([
  ["llama-server", () => llamacpp({ baseURL: llama.url })],
  ["Ollama", () => ollama({ baseURL: olla.url })],
  ["whisper.cpp", () => openaiCompatible({ baseURL: whisper.url, dialect: whispercppDialect })],
  ["any server of the protocol", () => openaiCompatible({ baseURL: speech.url })],
])("a model that hears on %s", (_, provider) => {
  for (const contractCase of contractCases.filter(({ about }) => about === "transcription")) {
    test(`it ${contractCase.name}`, async () => {
      await contractCase.run({ provider, model: "fake", supports: { transcription: "yes" } }, expect);
    });
  }
});

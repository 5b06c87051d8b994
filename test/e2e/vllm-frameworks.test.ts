import { inject, test } from "vitest";

import { createClient } from "../../src/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { frameworkCases } from "./framework-cases.ts";
import { requestsDone } from "./requests-done.ts";

const server = inject("vllm");
const nowhere = { url: "", model: "", apiKey: "", embeddingUrl: "", embeddingModel: "" };
const { url, model, apiKey, embeddingUrl, embeddingModel } = "unavailable" in server ? nowhere : server;

frameworkCases("unavailable" in server ? test.skip : test, {
  chat: () => createClient({ provider: vllm({ baseURL: url, apiKey }), model }),
  chatModel: model,
  vectors: () => createClient({ provider: vllm({ baseURL: embeddingUrl }), model: embeddingModel }),
  vectorModel: embeddingModel,
  ranks: true,
  idle: () => requestsDone(vllm({ baseURL: url, apiKey })),
});

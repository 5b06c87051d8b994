import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { createClient } from "../../src/index.ts";
import { gateway } from "../../src/integrations/gateway/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { fakeVllm } from "../../src/testing/index.ts";
import { askWithPython } from "../support/openai-python.ts";
import { servedGateway } from "../support/served-gateway.ts";

const media = fileURLToPath(new URL("../fixtures/media/", import.meta.url));
const recording = readdirSync(media).find((name) => name.endsWith(".wav")) ?? "";

test(
  "OpenAI's package for Python has its answers, its errors and its types",
  { timeout: 300_000 },
  async ({ skip }) => {
    await using chats = await fakeVllm({ text: "word ".repeat(200), pauseMs: 1 });
    await using vectors = await fakeVllm({ task: "embed" });
    await using ears = await fakeVllm({ task: "transcribe", text: "Good morning." });
    await using client = createClient({ provider: vllm({ baseURL: chats.url }), model: "fake" });
    await using embedding = createClient({ provider: vllm({ baseURL: vectors.url }) });
    await using hearing = createClient({ provider: vllm({ baseURL: ears.url }) });
    const models = {
      chat: "fake",
      vectors: { client: embedding, model: "fake" },
      ears: { client: hearing, model: "fake" },
    };
    const { origin } = await servedGateway(gateway(client, { keys: { team: "right" }, models }));
    const seen = await askWithPython([`${origin}/v1`, "right", "chat", "vectors", "ears", media + recording]);
    if ("unavailable" in seen) return skip(String(seen["unavailable"]));
    expect(seen).toEqual({
      whole: { text: "word ".repeat(60).trim(), tokens: 60 },
      stream: { text: "word ".repeat(60).trim(), tokens: 60 },
      leave: true,
      tools: { name: "look", finish: "tool_calls" },
      parse: "Colour",
      errors: [
        ["BadRequestError", "invalid_request", "temprature"],
        ["BadRequestError", "invalid_request", "temperature"],
        ["NotFoundError", "model_not_found", "model"],
        ["AuthenticationError", "invalid_api_key", null],
      ],
      models: ["chat", "vectors", "ears"],
      embeddings: true,
      transcription: ["Good morning.", 0],
    });
    await chats.idle();
    expect(chats.history.some(({ end }) => end === "client-left")).toBe(true);
  },
);

import { expect, test } from "vitest";

import { createClient } from "../../src/client/client.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { canned, json } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

const providers = { llamacpp, ollama, openaiCompatible, vllm };

test.each(
  Object.keys(providers).flatMap((name) =>
    [
      "CUDA out of memory. Tried to allocate 2.00 GiB",
      "CUDA error: device-side assert triggered",
      "EngineCore encountered an issue. See stack trace (above) for the root cause.",
      "cudaMalloc failed: out of memory",
      "vk::Queue::submit: ErrorDeviceLost",
      "model requires more system memory (9.2 GiB) than is available: out of memory",
    ].map((words) => [name as keyof typeof providers, words] as const),
  ),
)("%s: a 500 of a failed GPU or engine is not sent again: %s", async (name, words) => {
  const transport = canned(json({ error: { message: words, code: 500 } }, 500));
  const client = createClient({
    provider: providers[name]({ baseURL: "http://model.example", transport }),
    model: "m",
  });
  const error = await failureOf(client.complete({ prompt: "Hi" }));
  expect(error).toMatchObject({ code: "server", status: 500, retryable: false });
  expect(error.attempts).toHaveLength(1);
  expect(error.hint).not.toBe("");
});

test("a refusal that quotes such words is the caller's matter", async () => {
  const transport = canned(json({ error: { message: "Unknown role: CUDA error" } }, 400));
  const provider = openaiCompatible({ baseURL: "http://model.example", transport });
  const error = await failureOf(createClient({ provider, model: "m" }).complete({ prompt: "Hi" }));
  expect(error.code).toBe("invalid-request");
});

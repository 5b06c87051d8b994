import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, inject, test as always } from "vitest";

import { startLlamaServer, type RunningServer } from "../../scripts/servers/index.ts";
import { createClient } from "../../src/index.ts";
import { llamacpp, type LlamacppRequestAdapter } from "../../src/providers/llamacpp/index.ts";
import { loraGguf } from "../support/lora-gguf.ts";

const test = "unavailable" in inject("llamacpp") ? always.skip : always;

describe.skipIf("unavailable" in inject("llamacpp"))("llama-server with two LoRA adapters", () => {
  const folder = mkdtempSync(join(tmpdir(), "inhouse-lora-"));
  let server: RunningServer;

  beforeAll(async () => {
    writeFileSync(join(folder, "support.gguf"), loraGguf(1));
    writeFileSync(join(folder, "legal.gguf"), loraGguf(2));
    const binary = ["--lora", join(folder, "support.gguf"), "--lora", join(folder, "legal.gguf")];
    server = await startLlamaServer({ extra: { binary } });
  });

  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  /** How likely the first token is, which the weights decide; the text may well be the same. */
  async function likelihood(lora?: readonly LlamacppRequestAdapter[]): Promise<number> {
    await using client = createClient({ provider: llamacpp({ baseURL: server.url }) });
    const { logprobs } = await client.complete({
      prompt: "The capital of France is",
      maxTokens: 1,
      temperature: 0,
      logprobs: 1,
      ...(lora
        ? { providerOptions: { llamacpp: { lora, cachePrompt: false } } }
        : { providerOptions: { llamacpp: { cachePrompt: false } } }),
    });
    return logprobs?.[0]?.logprob ?? Number.NaN;
  }

  test("they are listed, and each request may choose", async () => {
    const { adapters } = llamacpp({ baseURL: server.url });
    expect(await adapters.list()).toEqual([
      { id: 0, name: "support", path: join(folder, "support.gguf"), scale: 1 },
      { id: 1, name: "legal", path: join(folder, "legal.gguf"), scale: 1 },
    ]);
    const none = await likelihood([{ id: 0, scale: 0 }]);
    const support = await likelihood([{ name: "support" }]);
    const legal = await likelihood([{ name: "legal" }]);
    for (const [one, other] of [
      [none, support],
      [none, legal],
      [support, legal],
    ] as const) {
      expect(Math.abs(one - other)).toBeGreaterThan(0.001);
    }
    await expect(likelihood([{ name: "medical" }])).rejects.toMatchObject({ code: "unsupported" });
  });

  test("one is switched on and off for all", async () => {
    const { adapters } = llamacpp({ baseURL: server.url });
    await adapters.unload("support");
    await adapters.unload("legal");
    expect((await adapters.list()).map(({ scale }) => scale)).toEqual([0, 0]);
    expect(await likelihood()).toBeCloseTo(await likelihood([{ id: 0, scale: 0 }]), 3);
    await adapters.load({ name: "support" });
    expect((await adapters.list()).map(({ scale }) => scale)).toEqual([1, 0]);
    expect(await likelihood()).toBeCloseTo(await likelihood([{ name: "support" }]), 3);
  });

  test("what it was started without cannot be loaded", async () => {
    const { adapters } = llamacpp({ baseURL: server.url });
    await expect(adapters.load({ name: join(folder, "medical.gguf") })).rejects.toMatchObject({
      code: "unsupported",
      hint: expect.stringContaining("--lora"),
    });
  });
});

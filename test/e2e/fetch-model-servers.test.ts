import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";

import { startLlamaServer, startOllama } from "../../scripts/servers/index.ts";
import { fetchModel } from "../../src/deploy.ts";
import { createClient } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { modelRegistry, type ModelRegistry } from "../support/model-registry.ts";

const shared = inject("ollama");

describe.skipIf("unavailable" in shared)("a model that Ollama pushed to a registry", () => {
  const folder = mkdtempSync(join(tmpdir(), "inhouse-fetched-"));
  let registry: ModelRegistry;
  let address: string;

  beforeAll(async () => {
    registry = await modelRegistry();
    address = `http://${registry.place.split("/")[0]}`;
    const provider = ollama({ baseURL: "url" in shared ? shared.url : "" });
    const name = `${registry.place}/fetched:small`;
    await provider.copy("smollm2", name);
    await provider.push(name, { insecure: true }).done;
    await provider.delete(name);
    await provider.close();
  });

  afterAll(async () => {
    await registry.close();
    rmSync(folder, { recursive: true });
  });

  test("is fetched as a GGUF file, which llama-server serves", async () => {
    const to = join(folder, "files");
    const model = await fetchModel({ ollama: "fetched:small", registry: address }, { to });
    expect(model.path).toBe(join(to, "fetched-small.gguf"));
    const server = await startLlamaServer({ modelPath: model.path });
    try {
      await using client = createClient({ provider: llamacpp({ baseURL: server.url }) });
      expect((await client.chat({ messages: "Say hello.", maxTokens: 4 })).text.length).toBeGreaterThan(0);
    } finally {
      await server.stop();
    }
  });

  test("is fetched as a store, which Ollama serves", async () => {
    const to = join(folder, "store");
    await fetchModel({ ollama: "fetched:small", registry: address, layout: "store" }, { to });
    const server = await startOllama({ env: { OLLAMA_MODELS: to } });
    try {
      await using client = createClient({ provider: ollama({ baseURL: server.url }) });
      const [model] = await client.models();
      expect(model?.id).toBe(`${registry.place}/fetched:small`);
      const answer = await client.chat({ model: model?.id ?? "", messages: "Say hello.", maxTokens: 4 });
      expect(answer.text.length).toBeGreaterThan(0);
    } finally {
      await server.stop();
    }
  });
});

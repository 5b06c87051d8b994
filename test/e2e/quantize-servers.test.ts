import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";

import { cacheFolder } from "../../scripts/servers/cache.ts";
import { prepareCompiled, startLlamaServer } from "../../scripts/servers/index.ts";
import { readyModel } from "../../scripts/servers/models.ts";
import {
  compareModels,
  comparisonText,
  importToOllama,
  predictQuantization,
  quantize,
  readModel,
  type GgufMixture,
  type ModelComparison,
  type QuantizedModel,
} from "../../src/deploy.ts";
import { ollama } from "../../src/providers/ollama/index.ts";

describe("a real model, quantized", () => {
  let folder = "";
  let source = "";
  let programs: Readonly<Record<string, string>> = {};
  const made = new Map<GgufMixture, QuantizedModel>();

  beforeAll(async () => {
    const { llamaQuantize, llamaServer } = await prepareCompiled();
    programs = { "llama-quantize": llamaQuantize, "llama-server": llamaServer };
    folder = await mkdtemp(join(tmpdir(), "inhouse-quantize-"));
    const model = (await readyModel(cacheFolder())) ?? "";
    const target = join(folder, "smollm2-F16.gguf");
    const { path, warnings } = await quantize(model, "F16", { programs, target, allowRequantize: true });
    expect(warnings.join()).toContain("quantized already");
    source = path;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each<GgufMixture>(["Q8_0", "Q4_K_M", "Q4_0", "Q2_K"])(
    "%s is as large as predicted, to the byte",
    async (type) => {
      const result = await quantize(source, type, { programs });
      made.set(type, result);
      expect((await stat(result.path)).size).toBe(predictQuantization(await readModel(source), type).fileBytes);
      expect(result.path).toBe(join(folder, `smollm2-${type}.gguf`));
    },
  );

  test("has moved from its source the further, the fewer bits it has", { timeout: 300_000 }, async () => {
    const text = comparisonText.slice(0, 620);
    const start = (modelPath: string) =>
      startLlamaServer({ modelPath, server: programs["llama-server"], contextLength: 512, parallel: 1 });
    const [of, moved] = [await start(source), [] as ModelComparison[]];
    try {
      for (const type of ["Q8_0", "Q4_0", "Q2_K"] as const) {
        const to = await start(made.get(type)?.path ?? "");
        try {
          moved.push(await compareModels(of.url, to.url, { text }));
        } finally {
          await to.stop();
        }
      }
    } finally {
      await of.stop();
    }
    const [eight, four, two] = moved;
    expect(eight?.agreement).toBeGreaterThan(four?.agreement ?? 1);
    expect(four?.agreement).toBeGreaterThan(two?.agreement ?? 1);
    expect(Math.abs((eight?.perplexityRatio ?? 0) - 1)).toBeLessThan(0.05);
    expect(two?.perplexityRatio).toBeGreaterThan(1.1);
  });

  test("answers in Ollama after it was imported", async () => {
    const server = inject("ollama");
    if ("unavailable" in server) throw new Error(server.unavailable);
    const { path = "" } = made.get("Q4_K_M") ?? {};
    const tasks = new Set<string>();
    const options = { baseURL: server.url, onProgress: ({ task }: { readonly task: string }) => void tasks.add(task) };
    const imported = await importToOllama(path, "quantized-here", options);
    expect(imported).toMatchObject({ quantization: "Q4_K_M", parameters: 134_515_008 });
    expect([...tasks]).toEqual(expect.arrayContaining(["uploading smollm2-Q4_K_M.gguf to Ollama", "Ollama: success"]));
    const provider = ollama({ baseURL: server.url });
    await provider.load("quantized-here");
    expect((await provider.running()).map(({ model }) => model)).toContain("quantized-here:latest");
    const again = new Set<string>();
    await importToOllama(path, "quantized-here", { ...options, onProgress: ({ task }) => void again.add(task) });
    expect([...again].filter((task) => task.startsWith("uploading"))).toEqual([]); // it is there
    await provider.delete("quantized-here");
    await provider.close();
  });
});

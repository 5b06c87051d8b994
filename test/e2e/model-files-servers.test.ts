import { stat } from "node:fs/promises";
import { join } from "node:path";

import { beforeAll, describe, expect, inject, test } from "vitest";

import { measuredPlans } from "../../scripts/memory/memory-plans.ts";
import { observeLlamacpp } from "../../scripts/memory/observe-llamacpp.ts";
import { cacheFolder } from "../../scripts/servers/cache.ts";
import { prepareCompiled } from "../../scripts/servers/index.ts";
import { readyModel } from "../../scripts/servers/models.ts";
import {
  bytesOfKind,
  estimateMemory,
  llamacppMemory,
  readModel,
  reportedShape,
  type ModelShape,
} from "../../src/deploy.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";

describe("the model that llama-server runs", () => {
  let path = "";
  let shape: ModelShape;
  beforeAll(async () => {
    path = (await readyModel(cacheFolder())) ?? "";
    shape = await readModel(path);
  });

  test("is what its file says", async () => {
    const server = inject("llamacpp");
    if ("unavailable" in server) throw new Error(server.unavailable);
    const { url: baseURL, apiKey } = server;
    const provider = llamacpp({ baseURL, ...(apiKey === undefined ? {} : { apiKey }) });
    const reported = reportedShape(await provider.describe());
    await provider.close();
    expect(shape).toMatchObject({
      embeddingLength: reported.embeddingLength,
      trainedContextLength: reported.trainedContextLength,
      parameters: { total: reported.parameters?.total },
      quantization: { name: reported.quantization.name },
      weightBytes: reported.weightBytes,
    });
    expect(shape.fileBytes).toBe((await stat(path)).size);
  });

  test("is the one in Ollama's store", async () => {
    const store = join(cacheFolder(), "ollama-models");
    const { sources, name, ...stored } = await readModel({ ollama: "smollm2", store });
    expect(sources[0]).toMatch(/blobs\/sha256-[0-9a-f]{64}$/);
    expect(name).toBe("smollm2");
    expect(stored.tensors).toEqual(shape.tensors);
  });

  test.each(measuredPlans)("takes what was estimated: $title", async ({ plan, args }) => {
    const { llamaServer } = await prepareCompiled();
    const real = await observeLlamacpp(llamaServer, path, args);
    const estimate = estimateMemory(shape, llamacppMemory, plan);
    const compute = estimate.lines.find(({ name }) => name === "compute buffer")?.bytes ?? 0;
    expect(Math.abs(bytesOfKind(estimate, "weights") / real.weights - 1)).toBeLessThan(0.1);
    expect(Math.abs(bytesOfKind(estimate, "cache") / real.cache - 1)).toBeLessThan(0.1);
    expect(Math.abs(compute / real.compute - 1)).toBeLessThan(0.1);
  });
});

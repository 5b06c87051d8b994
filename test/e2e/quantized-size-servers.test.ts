import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { cacheFolder } from "../../scripts/servers/cache.ts";
import { prepareCompiled } from "../../scripts/servers/index.ts";
import { readyModel } from "../../scripts/servers/models.ts";
import { runToSuccess } from "../../scripts/servers/run.ts";
import { predictQuantization, readModel, type GgufMixture, type ModelShape } from "../../src/deploy.ts";

const mixtures: readonly GgufMixture[] = [
  "Q8_0",
  "Q6_K",
  "Q5_K_M",
  "Q5_K_S",
  "Q5_0",
  "Q4_K_M",
  "Q4_K_S",
  "Q4_0",
  "Q3_K_L",
  "Q3_K_M",
  "Q3_K_S",
  "Q2_K",
  "TQ2_0",
];

describe("llama-quantize makes files of the size that was predicted", () => {
  let folder = "";
  let quantize = "";
  let source = "";
  let shape: ModelShape;

  beforeAll(async () => {
    quantize = (await prepareCompiled()).llamaQuantize;
    folder = await mkdtemp(join(tmpdir(), "inhouse-quantize-"));
    source = join(folder, "f16.gguf");
    const model = (await readyModel(cacheFolder())) ?? "";
    await runToSuccess(quantize, ["--allow-requantize", model, source, "F16", "1"]);
    shape = await readModel(source);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(mixtures)("%s", async (mixture) => {
    const made = join(folder, `${mixture}.gguf`);
    await runToSuccess(quantize, [source, made, mixture, "2"]);
    const { size } = await stat(made);
    await rm(made);
    const { fileBytes } = predictQuantization(shape, mixture);
    expect(Math.abs(fileBytes / size - 1)).toBeLessThan(0.002);
  });
});

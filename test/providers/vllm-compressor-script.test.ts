import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { compressorScript, type CompressorType } from "../../src/deploy.ts";
import type { TensorInfo } from "../../src/deploy/shape/tensor-info.ts";
import { thrownBy } from "../support/loopback.ts";
import { writtenFolder } from "../support/written-folder.ts";

const tensor = (name: string, type = "BF16"): TensorInfo => ({ name, type, shape: [8, 8], parameters: 64, bytes: 128 });
const dense = { groups: [], tensors: [tensor("model.layers.0.mlp.up_proj.weight"), tensor("lm_head.weight")] };
const seeing = {
  experts: { count: 8, used: 2 },
  groups: [{ role: "encoder", tensors: 1, bytes: 128, bytesByType: {} }],
  tensors: [tensor("vision_tower.blocks.0.weight"), tensor("multi_modal_projector.linear_1.weight")],
} as const;
const types: readonly CompressorType[] = ["fp8", "w8a8-int8", "w4a16", "nvfp4"];
const places = { source: `./it's "here"`, target: "./made", calibration: "./texts.jsonl" };

describe("the script of llm-compressor", () => {
  test.each(types.flatMap((type) => [dense, seeing].map((shape) => ({ type, shape }))))(
    "$type is Python, and the same each time",
    ({ type, shape }) => {
      const { script, install } = compressorScript({ ...places, type, shape });
      expect(compressorScript({ ...places, type, shape }).script).toBe(script);
      expect(install).toContain("llmcompressor>=0.14,<0.15");
      const folder = writtenFolder({ "quantize.py": script });
      execFileSync("python3", ["-m", "py_compile", join(folder, "quantize.py")]);
      expect(script).toContain('os.environ["HF_HUB_OFFLINE"] = "1"');
      expect(script).toContain('"re:.*lm_head"');
      expect(script.includes("load_dataset")).toBe(type !== "fp8");
    },
  );

  test("leaves routers and what sees as they are", () => {
    const { script } = compressorScript({ ...places, type: "nvfp4", shape: seeing });
    for (const name of ["re:.*vision.*", "re:.*multi_modal_projector.*", "re:.*mlp\\\\.gate$"]) {
      expect(script).toContain(`    "${name}",`);
    }
    expect(script).toContain("AutoModelForImageTextToText.from_pretrained");
    expect(compressorScript({ ...places, type: "fp8", shape: dense }).script).not.toContain("vision");
  });

  test("wants texts where it calibrates, and a checkpoint of 16 bits", () => {
    const { source, target } = places;
    const refused = [
      () => compressorScript({ source, target, type: "w4a16", shape: dense }),
      () => compressorScript({ ...places, type: "int3" as CompressorType, shape: dense }),
      () =>
        compressorScript({ ...places, type: "fp8", shape: { groups: [], tensors: [tensor("a.weight", "F8_E4M3")] } }),
    ].map((run) => thrownBy(run).hint);
    expect(refused).toEqual([
      expect.stringContaining("fp8 needs none"),
      "There are: fp8, w8a8-int8, w4a16, nvfp4.",
      expect.stringContaining("16 bits"),
    ]);
  });
});

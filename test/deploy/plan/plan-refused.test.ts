import { describe, expect, test } from "vitest";

import { plan, readModel, type PlanSpec } from "../../../src/deploy.ts";
import { failureOf } from "../../support/loopback.ts";

describe("what has no plan", () => {
  test.each<readonly [PlanSpec, string, RegExp, RegExp]>([
    [
      { model: "mistral-large-3", on: "1x RTX 4090" },
      "unsupported",
      /does not fit on 1x RTX 4090/,
      /8x H100 \(vllm, nvfp4/,
    ],
    [{ model: "mistral-large-3", on: "8x H100", quantization: "fp8" }, "unsupported", /8 GPUs/, /2 such machines/],
    [{ model: "ministral-8b", on: "1x L4", context: 262_144 }, "unsupported", /262,144/, /context 131,072/],
    [
      { model: "ministral-8b", on: "1x V100", quantization: "fp8" },
      "unsupported",
      /needs compute capability 7.5/,
      /another quantization/,
    ],
    [
      { model: "ministral-8b", on: "8x MI300X", quantization: "nvfp4" },
      "unsupported",
      /cannot be had as "nvfp4"/,
      /4-bit/,
    ],
    [
      { model: "mistral-large-3", on: "8x MI300X", quantization: "nvfp4" },
      "unsupported",
      /no nvfp4 on AMD/,
      /another quantization/,
    ],
    [{ model: "ministral-8b", on: "1x H999" }, "invalid-request", /H999/, /gpu 24GB/],
    [{ model: "ministral-8b", on: "M4 Max" }, "unsupported", /"M4 Max, ram 64GB"/, /1x L4/],
    [{ model: "ministral-14b", on: "1x gpu 12GB", quantization: "fp8" }, "unsupported", /fp8/, /2x gpu 12GB/],
    [{ model: "ministral-9b", on: "1x L4" }, "not-found", /ministral-9b/, /ministral-3-8b/],
    [{ model: "ministral-8b", on: "1x L4", context: 300_000 }, "invalid-request", /262,144/, /no more/],
    [{ model: "ministral-8b", on: "1x L4", engine: "tgi" }, "invalid-request", /"tgi"/, /vllm, llamacpp, ollama/],
    [{ model: "ministral-8b", on: "1x L4", kvType: "q3" }, "invalid-request", /"q3"/, /fp8.*q8_0/],
    [{ model: "ministral-8b", on: "1x L4", gpus: 2 }, "invalid-request", /2 GPUs are more/, /./],
    [{ model: "./own.gguf", files: "./own.gguf" }, "invalid-request", /files goes with the name/, /as model/],
    [{ model: "ministral-8b", on: "1x L4", parallel: 0 }, "invalid-request", /parallel/, /./],
    [{ model: "ministral-8b", on: "1x L4", port: 70_000 }, "invalid-request", /port .* from 0 to 65535/, /./],
    [{ model: "ministral-8b", on: "1x L4", address: "" }, "invalid-request", /address/, /127\.0\.0\.1/],
    [
      { model: "ministral-8b", on: "1x L4", address: "10.0.0.1 --api-key x" },
      "invalid-request",
      /address/,
      /0\.0\.0\.0/,
    ],
  ])("%j", async (spec, code, message, hint) => {
    const error = await failureOf(plan(spec));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  test("a misspelt option is refused", async () => {
    const spec = { model: "ministral-8b", on: "1x L4", contextLength: 4_096 } as PlanSpec;
    expect(await failureOf(plan(spec))).toMatchObject({
      code: "invalid-request",
      hint: expect.stringContaining('"context"'),
    });
  });
});

test("files that are not there are an error of readModel", async () => {
  expect(await failureOf(plan({ model: "./nothing.gguf", on: "1x L4" }))).toMatchObject({ code: "not-found" });
  expect(await failureOf(readModel("./nothing.gguf"))).toMatchObject({ code: "not-found" });
});

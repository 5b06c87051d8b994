import { describe, expect, test } from "vitest";

import {
  describedHost,
  formatPlan,
  plan,
  predictQuantization,
  shellCommand,
  type Plan,
  type PlanSpec,
} from "../../../src/deploy.ts";
import { knownModels, plainShape } from "../../support/known-models.ts";
import { smallLlama, writeGguf, writeSafetensors } from "../../support/model-files.ts";
import { writtenFolder } from "../../support/written-folder.ts";

const gibibyte = 2 ** 30;

interface Row {
  readonly spec: PlanSpec;
  readonly engine?: string;
  readonly weights: string;
  readonly origin: Plan["model"]["origin"];
  /** GPUs that share every layer, and copies. */
  readonly gpus: readonly [shared: number, copies: number];
  /** GiB of weights, by the models' cards or their parameters, within 3 %. */
  readonly weightsGiB: number;
  /** What stands in the command line. */
  readonly command: readonly string[];
  /** What a warning says. */
  readonly warning?: RegExp;
}

/** What a company would ask, and what an engineer would answer. */
const rows: readonly Row[] = [
  {
    spec: { model: "mistral-large-3", on: "8x H200" },
    weights: "fp8",
    origin: "published",
    gpus: [8, 1],
    weightsGiB: 633,
    command: [
      "vllm serve mistralai/Mistral-Large-3-675B-Instruct-2512 ",
      "--tensor-parallel-size 8",
      "--enable-auto-tool-choice --tool-call-parser mistral",
    ],
  },
  {
    spec: { model: "Mistral-Large-3-675B", on: "8x H100" },
    weights: "nvfp4",
    origin: "published",
    gpus: [8, 1],
    weightsGiB: 360,
    command: ["vllm serve mistralai/Mistral-Large-3-675B-Instruct-2512-NVFP4 ", "--tensor-parallel-size 8"],
    warning: /H100 .* does not multiply nvfp4/,
  },
  {
    spec: { model: "mistral-large-3", on: "8x A100-80GB" },
    weights: "nvfp4",
    origin: "published",
    gpus: [8, 1],
    weightsGiB: 360,
    command: ["-NVFP4 ", "--tensor-parallel-size 8"],
    warning: /A100 .*compute capability 8\.0.*Marlin/,
  },
  {
    spec: { model: "mistral-large-3", on: "8x H100", quantization: "fp8", machines: 2 },
    weights: "fp8",
    origin: "published",
    gpus: [8, 1],
    weightsGiB: 633,
    command: ["--tensor-parallel-size 8 --pipeline-parallel-size 2 --distributed-executor-backend ray"],
    warning: /LeaderWorkerSet/,
  },
  {
    spec: { model: "ministral-14b", on: "1x gpu 24GB" },
    weights: "fp8",
    origin: "published",
    gpus: [1, 1],
    weightsGiB: 14.6,
    command: ["vllm serve mistralai/Ministral-3-14B-Instruct-2512 ", "--max-model-len 32768"],
    warning: /compute capability of the gpu 24GB is not known/,
  },
  {
    spec: { model: "ministral-8b", on: "1x RTX 4070", context: 4_096 },
    weights: "fp8",
    origin: "published",
    gpus: [1, 1],
    weightsGiB: 9.7,
    command: ["vllm serve mistralai/Ministral-3-8B-Instruct-2512 ", "--max-model-len 4096"],
    warning: /--enforce-eager/,
  },
  {
    spec: { model: "ministral-3b", on: "1x RTX 4060" },
    weights: "fp8",
    origin: "published",
    gpus: [1, 1],
    weightsGiB: 4.3,
    command: ["vllm serve mistralai/Ministral-3-3B-Instruct-2512 ", "--max-model-len 16384"],
    warning: /16,384 tokens because 32,768 do not fit/,
  },
  {
    spec: { model: "ministral-8b", on: "1x RTX 4000 Ada", context: 32_768 },
    weights: "fp8",
    origin: "published",
    gpus: [1, 1],
    weightsGiB: 9.7,
    command: ["--max-model-len 32768", "--gpu-memory-utilization 0.92"],
  },
  {
    spec: { model: "mixtral-8x22b", on: "8x H100" },
    weights: "none",
    origin: "published",
    gpus: [4, 1],
    weightsGiB: 261.9,
    command: ["vllm serve mistralai/Mixtral-8x22B-Instruct-v0.1 ", "--tensor-parallel-size 4"],
  },
  {
    spec: { model: "mixtral-8x22b", on: "4x H100", quantization: "8-bit" },
    weights: "fp8",
    origin: "while-loading",
    gpus: [4, 1],
    weightsGiB: 131.4,
    command: ["--tensor-parallel-size 4", "--quantization fp8_per_tensor"],
    warning: /read and quantized at every start/,
  },
  {
    spec: { model: "mixtral-8x22b", on: "2x H100", quantization: "4-bit" },
    weights: "w4a16",
    origin: "made",
    gpus: [2, 1],
    weightsGiB: 68.6,
    command: ["vllm serve ./mixtral-8x22b-w4a16 ", "--tensor-parallel-size 2"],
  },
  {
    spec: { model: "mixtral-8x22b", on: "2x H100", quantization: "Q4_K_M" },
    engine: "llamacpp",
    weights: "Q4_K_M",
    origin: "made",
    gpus: [1, 1],
    weightsGiB: 79.7,
    command: ["llama-server -m mixtral-8x22b-Q4_K_M.gguf ", "-ngl all"],
  },
  {
    spec: { model: "mixtral-8x7b", on: "2x H100" },
    weights: "none",
    origin: "published",
    gpus: [2, 1],
    weightsGiB: 87,
    command: ["vllm serve mistralai/Mixtral-8x7B-Instruct-v0.1 ", "--tensor-parallel-size 2"],
    warning: /not taught to call tools/,
  },
  {
    spec: { model: "mistral-7b", on: "1x L4" },
    weights: "none",
    origin: "published",
    gpus: [1, 1],
    weightsGiB: 13.5,
    command: ["vllm serve mistralai/Mistral-7B-Instruct-v0.3 "],
  },
  {
    spec: { model: "mistral-nemo", on: "4x H100", quantization: "16-bit" },
    weights: "none",
    origin: "published",
    gpus: [1, 4],
    weightsGiB: 22.8,
    command: ["vllm serve mistralai/Mistral-Nemo-Instruct-2407 ", "--data-parallel-size 4"],
  },
  {
    spec: { model: "mistral-nemo", on: "4x H100", quantization: "4-bit", gpus: 4 },
    weights: "w4a16",
    origin: "made",
    gpus: [4, 1],
    weightsGiB: 7.8,
    command: ["vllm serve ./mistral-nemo-w4a16 ", "--tensor-parallel-size 4"],
  },
];

describe("a plan", () => {
  test.each(rows.map((row) => [JSON.stringify(row.spec), row] as const))("%s", async (_, row) => {
    const made = await plan(row.spec);
    expect(made.engine).toBe(row.engine ?? "vllm");
    expect([made.model.quantization, made.model.origin]).toEqual([row.weights, row.origin]);
    const { tensorParallel = 1, replicas } = made.layout;
    expect([tensorParallel, replicas]).toEqual(row.gpus);
    expect(made.model.weightBytes / gibibyte / row.weightsGiB).toBeCloseTo(1, 1);
    const command = `${shellCommand(made)} `;
    for (const part of row.command) expect(command).toContain(part);
    if (row.warning) expect(made.warnings.join("\n")).toMatch(row.warning);
    for (const { bytes, roomBytes = bytes } of made.memory.devices) expect(bytes).toBeLessThanOrEqual(roomBytes);
  });

  test("is plain data, and a table for people", async () => {
    const made = await plan({ model: "ministral-8b", on: "1x RTX 4000 Ada", context: 32_768 });
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
    const table = formatPlan(made);
    expect(table).toContain("Ministral 3 8B Instruct, 8.9 B parameters, Apache-2.0");
    expect(table).toMatch(/together +15\.\d GiB +1\d\.\d GiB to 1\d\.\d GiB; room for 18\.4 GiB of 20\.0 GiB/);
    expect(table).toContain("    --max-model-len 32768 \\\n");
    expect(table).toMatch(/llamacpp +Q4_K_M +fits/);
  });

  test("leaves room for every sequence that was asked for at its full length", async () => {
    const spec = { model: "ministral-8b", on: "1x L40S", context: 32_768 } as const;
    const one = await plan(spec);
    expect(one.parallel).toBe(Math.floor((one.roomTokens ?? 0) / 32_768));
    expect(one.concurrent).toBeGreaterThan(one.parallel);
    const four = await plan({ ...spec, parallel: 4 });
    expect(shellCommand(four)).toContain("--max-num-seqs 4");
    expect(four.memory.devices[0]?.bytes).toBeGreaterThan((one.memory.devices[0]?.bytes ?? 0) + 3 * 4 * gibibyte);
  });

  test("takes a smaller cache where it is told to", async () => {
    const half = await plan({ model: "ministral-8b", on: "1x L4", context: 65_536, kvType: "fp8" });
    expect(half).toMatchObject({ kvType: "fp8", kvBits: 8 });
    expect(shellCommand(half)).toContain("--kv-cache-dtype fp8");
    const gguf = await plan({ model: "ministral-8b", on: "1x L4", engine: "llamacpp", kvType: "q8_0" });
    expect(shellCommand(gguf)).toContain("-fa on -ctk q8_0 -ctv q8_0");
  });

  test("runs on the processor, and says what that means", async () => {
    const made = await plan({ model: "ministral-3b", on: "cpu 16GB" });
    expect(made).toMatchObject({ engine: "llamacpp", model: { quantization: "Q4_K_M" }, layout: { place: "memory" } });
    expect(shellCommand(made)).toContain("-hf mistralai/Ministral-3-3B-Instruct-2512-GGUF:Q4_K_M");
    expect(made.warnings.join()).toContain("processor alone");
    expect(made).not.toHaveProperty("speed");
  });

  test("keeps experts in main memory where the GPU has no room for all", async () => {
    const made = await plan({ model: "mixtral-8x7b", on: "1x RTX 4090, ram 64GB" });
    expect(made.layout.place).toBe("gpus and memory");
    expect(shellCommand(made)).toMatch(/-ngl all --n-cpu-moe \d+/);
  });

  test("is Ollama's environment where Ollama is asked for", async () => {
    const made = await plan({ model: "ministral-8b", on: "1x L4", engine: "ollama", context: 16_384, parallel: 2 });
    expect(made.command).toEqual(["ollama", "serve"]);
    expect(made.environment).toMatchObject({ OLLAMA_CONTEXT_LENGTH: "16384", OLLAMA_NUM_PARALLEL: "2" });
    expect(made.afterwards).toEqual(["ollama pull hf.co/mistralai/Ministral-3-8B-Instruct-2512-GGUF:Q8_0"]);
  });

  test("shares layers in groups where the GPUs do not divide the heads", async () => {
    const made = await plan({ model: "mixtral-8x7b", on: "3x L40S" });
    expect(made.layout).toMatchObject({ tensorParallel: 1, pipelineParallel: 3 });
    expect(shellCommand(made)).toContain("--pipeline-parallel-size 3");
  });

  test("of a model's files needs no catalogue", async () => {
    const wide = { ...plainShape(knownModels["Llama 3 8B"]), trainedContextLength: 8_192, name: "Llama 3 8B" };
    const own = await plan({
      model: { ...predictQuantization(wide, "Q4_K_M").shape, sources: ["/models/l.gguf"] },
      on: "1x L4",
    });
    expect(own).toMatchObject({ engine: "llamacpp", model: { origin: "files", quantization: "Q4_K_M" } });
    expect(shellCommand(own)).toContain("llama-server -m /models/l.gguf --alias llama-3-8b");
    const made = await plan({ model: wide, on: "1x L4", quantization: "Q5_K_M" });
    expect(made.prepare).toEqual(["llama-quantize known.gguf llama-3-8b-Q5_K_M.gguf Q5_K_M"]);
    const named = await plan({ model: wide, on: "1x L4", quantization: "q4_0" });
    expect(named.prepare).toEqual(["llama-quantize known.gguf llama-3-8b-Q4_0.gguf Q4_0"]);
  });

  test("of files at a path names that path", async () => {
    const folder = writtenFolder({
      "own.gguf": writeGguf(smallLlama.metadata, smallLlama.tensors),
      "config.json": {
        model_type: "llama",
        hidden_size: 64,
        num_hidden_layers: 1,
        num_attention_heads: 4,
        vocab_size: 128,
        max_position_embeddings: 8_192,
      },
      "model.safetensors": writeSafetensors({
        "model.embed_tokens.weight": ["BF16", [128, 64], 16_384],
        "model.layers.0.self_attn.q_proj.weight": ["BF16", [64, 64], 8_192],
      }),
    });
    const gguf = await plan({ model: `${folder}/own.gguf`, on: "cpu 4GB" });
    expect(gguf.command.slice(0, 3)).toEqual(["llama-server", "-m", `${folder}/own.gguf`]);
    const safetensors = await plan({ model: folder, on: "1x L4" });
    expect(safetensors.command.slice(0, 3)).toEqual(["vllm", "serve", folder]);
    expect(safetensors.contextLength).toBe(8_192);
    expect(safetensors.warnings.join("\n")).toMatch(/tool calls is not known[^]*state no licence/);
    expect(safetensors.prepare).toEqual([]);
    const named = await plan({ model: "ministral-3b", files: folder, on: "1x L4" });
    expect(named.command.slice(0, 3)).toEqual(["vllm", "serve", folder]);
    expect(shellCommand(named)).toContain("--served-model-name ministral-3-3b");
    expect(shellCommand(named)).toContain("--tool-call-parser mistral");
  });

  test("names a parser of tool calls for what makes some, and asks for none where there are none", async () => {
    const small = await plan({ model: "ministral-3b", on: "1x L4" });
    expect(shellCommand(small)).toContain("--tool-call-parser mistral");
    const first = await plan({ model: "mixtral-8x7b", on: "2x H100" });
    expect(shellCommand(first)).not.toContain("tool");
    expect(first.warnings.join()).not.toContain("parser");
  });

  test("says what a licence forbids", async () => {
    const { warnings } = await plan({ model: "mistral-large-2", on: "8x H100" });
    expect(warnings.join()).toContain("no commercial use");
  });

  test("can be made for an engine of the caller's own", async () => {
    const { llamacppEngine } = await import("../../../src/deploy.ts");
    const own = {
      ...llamacppEngine,
      name: "own",
      launch: () => ({ prepare: [], command: ["own"], environment: {}, warnings: [] }),
    };
    const made = await plan({ model: "ministral-3b", on: "1x L4" }, { engines: [own] });
    expect([made.engine, ...made.command]).toEqual(["own", "own"]);
  });

  test("a host that has less free memory gets a smaller share of it", async () => {
    const on = describedHost("2x L4");
    const gpus = on.gpus.map((gpu, index) => ({ ...gpu, freeMemoryBytes: (24 - 4 * index) * gibibyte }));
    const { environment, ...made } = await plan({ model: "ministral-14b", on: { ...on, gpus } });
    expect(made.layout.replicas * (made.layout.gpus ?? 0)).toBe(2);
    expect(shellCommand({ environment, ...made })).toContain("--gpu-memory-utilization 0.83");
    const busy = on.gpus.map((gpu, index) => ({ ...gpu, freeMemoryBytes: (24 - 22 * index) * gibibyte }));
    expect((await plan({ model: "ministral-14b", on: { ...on, gpus: busy } })).layout).toMatchObject({
      gpus: 1,
      replicas: 1,
    });
  });
});

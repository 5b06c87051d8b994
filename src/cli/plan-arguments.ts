import type { PlanSpec } from "../deploy.ts";
import { InhouseError } from "../index.ts";
import { countOf } from "./counts.ts";

const text = { type: "string" } as const;

/** The options that say what is planned, as `parseArgs` takes them. */
export const planOptions = {
  files: text,
  on: text,
  context: text,
  parallel: text,
  engine: text,
  quantization: text,
  quant: text,
  "kv-type": text,
  gpus: text,
  machines: text,
  address: text,
  port: text,
} as const;

/** What they are, for a page of help. */
export const planOptionsHelp = `  --files PLACE          where the files of a named model are, a path or address
  --on HOST              "8x H100", "1x RTX 4000 Ada, ram 64GB", "2x gpu 24GB", "cpu 32GB". Default: this machine
  --context TOKENS       of a sequence, prompt and answer: 4096, 32k. Default: 32k, or what fits
  --parallel COUNT       sequences with room at once, each at its full length
  --engine NAME          vllm, llamacpp, ollama. Default: vllm where the GPUs suit it, else llamacpp
  --quantization NAME    fp8, nvfp4, w4a16, none, Q4_K_M ..., or 4-bit, 8-bit, 16-bit; --quant for short
  --kv-type NAME         of the KV cache: fp8 (vllm), q8_0 (llamacpp) ...
  --gpus COUNT           GPUs that share every layer
  --machines COUNT       machines like the host that share the model
  --address, --port      where the server listens. Default: 127.0.0.1 and the server's usual port`;

type PlanValues = { readonly [Name in keyof typeof planOptions]?: string | undefined };

/** The spec that a model and options name. Throws `invalid-request`. */
export function planSpecOf(positionals: readonly string[], values: PlanValues): PlanSpec {
  const [model, ...rest] = positionals;
  if (model === undefined || rest.length > 0) {
    throw new InhouseError(
      "invalid-request",
      model === undefined ? "No model is named." : "More than one model is named.",
      { hint: "It is one name or place, MODEL --on HOST; a host of several words stands in quotes." },
    );
  }
  const counts = Object.fromEntries(
    (["context", "parallel", "gpus", "machines", "port"] as const).flatMap((name) => {
      const value = values[name];
      return value === undefined ? [] : [[name, countOf(`--${name}`, value)]];
    }),
  );
  const { files, on, engine, quant, quantization = quant, "kv-type": kvType, address } = values;
  const words = Object.fromEntries(
    Object.entries({ files, on, engine, quantization, kvType, address }).filter(([, value]) => value !== undefined),
  );
  return { model, ...words, ...counts };
}

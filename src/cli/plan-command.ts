import { parseArgs } from "node:util";

import { formatPlan, modelCatalogue, plan, type PlanSpec } from "../deploy.ts";
import { InhouseError, isInhouseError } from "../index.ts";
import type { Command, CommandContext } from "./command.ts";
import { countOf } from "./counts.ts";
import { exitCodes } from "./exit-codes.ts";

const help = `inhouse plan MODEL [options]

Chooses how to serve a model on a machine: engine, weights, GPUs, context and the exact command line, with the memory by its
terms. Nothing is started and nothing is downloaded.

MODEL is a name (${modelCatalogue.map(({ name }) => name).join(", ")}),
or the path or address of a GGUF file or of a folder of safetensors.

  --files PLACE          where the files of a named model are, a path or address
  --on HOST              "8x H100", "1x RTX 4000 Ada, ram 64GB", "2x gpu 24GB", "cpu 32GB". Default: this machine
  --context TOKENS       of a sequence, prompt and answer: 4096, 32k. Default: 32k, or what fits
  --parallel COUNT       sequences with room at once, each at its full length
  --engine NAME          vllm, llamacpp, ollama. Default: vllm where the GPUs suit it, else llamacpp
  --quantization NAME    fp8, nvfp4, w4a16, none, Q4_K_M ..., or 4-bit, 8-bit, 16-bit
  --kv-type NAME         of the KV cache: fp8 (vllm), q8_0 (llamacpp) ...
  --gpus COUNT           GPUs that share every layer
  --machines COUNT       machines like the host that share the model
  --address, --port      where the server listens. Default: 127.0.0.1 and the server's usual port
  --json                 the plan as JSON
  --help

It ends with 0 where there is a plan, 1 where the model does not fit or cannot be read, 2 where the options are wrong.

Examples
  inhouse plan ministral-8b --on "1x RTX 4000 Ada" --context 32k
  inhouse plan mistral-large-3 --on "8x H200"
  inhouse plan mixtral-8x22b --on "2x H100" --quantization 4-bit
  inhouse plan ./models/Ministral-3-8B-Q4_K_M.gguf --parallel 4
  inhouse plan mistral-7b --on "1x L4" --json
`;

/** `inhouse plan`: how to serve a model on a machine. */
export const planCommand: Command = {
  summary: "choose engine, weights, context and flags for a model on a machine",
  help,
  async run(args, context) {
    const { spec, json } = readArguments(args);
    try {
      const made = await plan(spec, { env: context.env });
      context.out(json ? `${JSON.stringify(made, null, 2)}\n` : formatPlan(made));
      return exitCodes.ok;
    } catch (error) {
      if (!json || !isInhouseError(error)) throw error;
      return failedInJson(error, context);
    }
  },
};

/** The error as JSON on the same way as a plan, so that a program reads one or the other. */
function failedInJson(error: InhouseError, { out }: CommandContext): number {
  const { code, message, hint } = error;
  out(`${JSON.stringify({ error: { code, message, hint } }, null, 2)}\n`);
  return code === "invalid-request" ? exitCodes.usage : exitCodes.failed;
}

const text = { type: "string" } as const;

function readArguments(args: readonly string[]): { readonly spec: PlanSpec; readonly json: boolean } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      files: text,
      on: text,
      context: text,
      parallel: text,
      engine: text,
      quantization: text,
      "kv-type": text,
      gpus: text,
      machines: text,
      address: text,
      port: text,
      json: { type: "boolean" },
    },
  });
  const [model, ...rest] = positionals;
  if (model === undefined || rest.length > 0) {
    throw new InhouseError(
      "invalid-request",
      model === undefined ? "No model is named." : "More than one model is named.",
      {
        hint: "inhouse plan MODEL --on HOST; a host of several words stands in quotes.",
      },
    );
  }
  const counts = Object.fromEntries(
    (["context", "parallel", "gpus", "machines", "port"] as const).flatMap((name) => {
      const value = values[name];
      return value === undefined ? [] : [[name, countOf(`--${name}`, value)]];
    }),
  );
  const { files, on, engine, quantization, "kv-type": kvType, address, json = false } = values;
  const words = Object.fromEntries(
    Object.entries({ files, on, engine, quantization, kvType, address }).filter(([, value]) => value !== undefined),
  );
  return { spec: { model, ...words, ...counts }, json };
}

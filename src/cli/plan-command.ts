import { parseArgs } from "node:util";

import { formatPlan, modelCatalogue, plan, type PlanSpec } from "../deploy.ts";
import { isInhouseError, type InhouseError } from "../index.ts";
import type { Command, CommandContext } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { planOptions, planOptionsHelp, planSpecOf } from "./plan-arguments.ts";

const help = `inhouse plan MODEL [options]

Chooses how to serve a model on a machine: engine, weights, GPUs, context and the exact command line, with the memory by its
terms. Nothing is started and nothing is downloaded.

MODEL is a name (${modelCatalogue.map(({ name }) => name).join(", ")}),
or the path or address of a GGUF file or of a folder of safetensors.

${planOptionsHelp}
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

function readArguments(args: readonly string[]): { readonly spec: PlanSpec; readonly json: boolean } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...planOptions, json: { type: "boolean" } },
  });
  const { json = false } = values;
  return { spec: planSpecOf(positionals, values), json };
}

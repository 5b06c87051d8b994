import { parseArgs } from "node:util";

import { readPlan, targetKinds, type Plan, type PlanSpec } from "../deploy.ts";
import { InhouseError } from "../index.ts";
import { countOf } from "./counts.ts";
import { planOptions, planOptionsHelp, planSpecOf } from "./plan-arguments.ts";
import { programPlaces } from "./program-places.ts";
import { usualPlanFile } from "./written-file.ts";

/** What `inhouse deploy --help` prints. */
export const deployHelp = `inhouse deploy MODEL [options]
inhouse deploy --plan PLAN.json [options]

Serves a model: plans, makes or fetches its files where that is needed, pins them by SHA-256, starts the server, and proves that
what runs is what was planned. The server runs until Ctrl-C, and ends with this program whatever happens to it.

MODEL is as inhouse plan takes it; the options of a plan are

${planOptionsHelp}

and those of a deployment

  --plan FILE             a plan that was kept, its files as it pins them
  --save FILE             where the plan is kept, for inhouse verify. Default: ${usualPlanFile}
  --policy NAME           no-exfiltration: nothing but this machine is connected to, by this program and by the server
  --models FOLDER         where models are made and fetched to. Default: models
  --endpoint URL          a Hugging Face endpoint or mirror to fetch published models from. Default: nothing is fetched
  --imatrix FILE          an importance matrix for what is quantized
  --imatrix-text TEXT     make one of this file of text first, as --imatrix says, else beside the model
  --program NAME=PATH     a program that is not on PATH, such as llama-server=/opt/llama/llama-server; may be repeated
  --restarts COUNT        start a server that crashes again, so often within ten minutes. Default: never
  --log FILE              keep all that the server writes
  --once                  end it again when it is proven
  --target KIND           start nothing, and write the plan's files instead: ${targetKinds.join(", ")}
  --out FOLDER            where these are written. Default: deployment
  --overwrite             replace files there that differ
  --json                  the deployment as JSON, once it is proven
  --help

It ends with 0 when it was ended, or --once or --target are done; with 1 where a step fails, the server is not as planned, or
ends by itself; with 2 where the options are wrong.

Examples
  inhouse deploy ./models/Ministral-3-8B-BF16.gguf --quant q8_0 --policy no-exfiltration
  inhouse deploy ministral-8b --files /srv/models/ministral-8b --context 32k
  inhouse deploy --plan ${usualPlanFile}
  inhouse deploy ministral-8b --on "1x L4" --target kubernetes --out k8s
`;

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;

const deployOptions = {
  ...planOptions,
  plan: text,
  save: text,
  policy: text,
  models: text,
  endpoint: text,
  imatrix: text,
  "imatrix-text": text,
  program: { type: "string", multiple: true },
  restarts: text,
  log: text,
  once: flag,
  target: text,
  out: text,
  overwrite: flag,
  json: flag,
} as const;

/** The options of the command as they were written. */
export type DeployValues = ReturnType<typeof parsed>["values"];

const parsed = (args: readonly string[]) =>
  parseArgs({ args: [...args], allowPositionals: true, options: deployOptions });

/** What is to be deployed, and the options. Throws `invalid-request` for what goes not together. */
export async function readDeployArguments(
  args: readonly string[],
): Promise<{ readonly values: DeployValues; readonly wanted: PlanSpec | Plan }> {
  const { values, positionals } = parsed(args);
  if (values.plan === undefined) return { values, wanted: planSpecOf(positionals, values) };
  const more = Object.keys(planOptions).find((name) => name in values);
  if (more !== undefined || positionals.length > 0) {
    throw new InhouseError("invalid-request", `A kept plan says all: ${more ? `--${more}` : "MODEL"} goes without it.`);
  }
  return { values, wanted: await readPlan(values.plan) };
}

/** The options of the command as those of `deploy`. Throws `invalid-request` for what is none. */
export function deploySettings(values: DeployValues) {
  const { policy, models, endpoint, imatrix, "imatrix-text": calibration, program = [], restarts, log, port } = values;
  if (policy !== undefined && policy !== "no-exfiltration") {
    throw new InhouseError("invalid-request", `--policy: "${policy}" is not known.`, {
      hint: "The one policy that has a name is no-exfiltration; deploy() of inhouse/deploy takes any.",
    });
  }
  const programs = programPlaces(program);
  const place = imatrix === undefined ? {} : { target: imatrix };
  const matrix = calibration === undefined ? imatrix : { text: calibration, ...place };
  return {
    ...(policy === undefined ? {} : ({ policy } as const)),
    ...(models === undefined ? {} : { modelsFolder: models }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(matrix === undefined ? {} : { imatrix: matrix }),
    ...(program.length === 0 ? {} : { programs }),
    ...(restarts === undefined ? {} : { restarts: { most: countOf("--restarts", restarts), withinMs: 600_000 } }),
    ...(log === undefined ? {} : { logFile: log }),
    ...(port === undefined ? {} : { port: countOf("--port", port) }),
  };
}

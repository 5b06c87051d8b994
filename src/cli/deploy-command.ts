import { parseArgs } from "node:util";

import {
  deploy,
  formatVerification,
  plan,
  readPlan,
  target,
  targetKinds,
  writeTarget,
  type Deployment,
  type Plan,
  type PlanSpec,
  type TargetKind,
} from "../deploy.ts";
import { InhouseError } from "../index.ts";
import type { Command, CommandContext } from "./command.ts";
import { countOf } from "./counts.ts";
import { exitCodes } from "./exit-codes.ts";
import { interruptSignal } from "./interrupt-signal.ts";
import { planOptions, planOptionsHelp, planSpecOf } from "./plan-arguments.ts";
import { programPlaces } from "./program-places.ts";
import { progressLine } from "./progress-line.ts";
import { usualPlanFile, writeWhole } from "./written-file.ts";

const help = `inhouse deploy MODEL [options]
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

/** `inhouse deploy`: from a model to a server that provably runs it. */
export const deployCommand: Command = {
  summary: "serve a model as planned, and prove it; or write the files that do",
  help,
  async run(args, context) {
    const { values, wanted } = await readArguments(args);
    if (values.target !== undefined) return await writeFiles(wanted, values, context);
    using interrupt = interruptSignal(context);
    const progress = values.json
      ? undefined
      : progressLine({ write: (text) => context.problem(text), terminal: context.isTerminal });
    let deployment: Deployment;
    try {
      deployment = await deploy(wanted, {
        ...settingsOf(values),
        env: context.env,
        signal: interrupt.signal,
        ...(progress ? { onProgress: progress.onProgress } : {}),
      });
    } finally {
      progress?.end();
    }
    await using running = deployment;
    return await untilEnded(running, values, interrupt.signal, context);
  },
};

/** Says what runs, and waits for its end. */
async function untilEnded(
  { plan: made, server, report }: Deployment,
  { save = usualPlanFile, json, once }: DeployValues,
  signal: AbortSignal,
  { out }: CommandContext,
): Promise<number> {
  await writeWhole(save, `${JSON.stringify(made, null, 2)}\n`);
  const { url, model, pid, engine, version, apiKey } = server;
  if (json) {
    const told = { url, model, pid, engine, version, apiKey, planFile: save, report };
    out(`${JSON.stringify(told, null, 2)}\n`);
  } else {
    out(`${formatVerification(report)}\n`);
    out(`${model} is served at ${url}, by process ${pid}.\n`);
    if (apiKey !== undefined) out(`Its key, which is told here alone: ${apiKey}\n`);
    out(`Again at any time: inhouse verify ${save} ${url} --check-integrity --local-only\n`);
  }
  if (once) return exitCodes.ok;
  if (!json) out("Ctrl-C ends it.\n");
  const exit = await server.exited;
  if (signal.aborted) return exitCodes.ok;
  throw new InhouseError("server", `The server ended by itself (${exit.signal ?? `exit code ${exit.code}`}).`, {
    hint: server.log().split("\n").slice(-5).join("\n"),
    retryable: false,
  });
}

async function writeFiles(
  wanted: PlanSpec | Plan,
  { target: kind = "", out: folder = "deployment", overwrite = false, json }: DeployValues,
  { env, out }: CommandContext,
): Promise<number> {
  const made = "command" in wanted ? wanted : await plan(wanted, { env });
  if (!targetKinds.some((known) => known === kind)) {
    throw new InhouseError("invalid-request", `--target: "${kind}" is not known.`, { hint: targetKinds.join(", ") });
  }
  const written = await writeTarget(target(made, kind as TargetKind), folder, { overwrite });
  out(json ? `${JSON.stringify({ written }, null, 2)}\n` : `${written.join("\n")}\n`);
  return exitCodes.ok;
}

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
  program: { type: "string", multiple: true },
  restarts: text,
  log: text,
  once: flag,
  target: text,
  out: text,
  overwrite: flag,
  json: flag,
} as const;

type DeployValues = ReturnType<typeof parsed>["values"];

const parsed = (args: readonly string[]) =>
  parseArgs({ args: [...args], allowPositionals: true, options: deployOptions });

async function readArguments(
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

function settingsOf({ policy, models, endpoint, imatrix, program = [], restarts, log, port }: DeployValues) {
  if (policy !== undefined && policy !== "no-exfiltration") {
    throw new InhouseError("invalid-request", `--policy: "${policy}" is not known.`, { hint: "no-exfiltration" });
  }
  const programs = programPlaces(program);
  return {
    ...(policy === undefined ? {} : ({ policy } as const)),
    ...(models === undefined ? {} : { modelsFolder: models }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(imatrix === undefined ? {} : { imatrix }),
    ...(program.length === 0 ? {} : { programs }),
    ...(restarts === undefined ? {} : { restarts: { most: countOf("--restarts", restarts), withinMs: 600_000 } }),
    ...(log === undefined ? {} : { logFile: log }),
    ...(port === undefined ? {} : { port: countOf("--port", port) }),
  };
}

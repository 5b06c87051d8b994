import {
  deploy,
  formatVerification,
  plan,
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
import { deployHelp, deploySettings, readDeployArguments, type DeployValues } from "./deploy-arguments.ts";
import { exitCodes } from "./exit-codes.ts";
import { interruptSignal } from "./interrupt-signal.ts";
import { progressLine } from "./progress-line.ts";
import { usualPlanFile, writeWhole } from "./written-file.ts";

/** `inhouse deploy`: from a model to a server that provably runs it. */
export const deployCommand: Command = {
  summary: "serve a model as planned, and prove it; or write the files that do",
  help: deployHelp,
  async run(args, context) {
    const { values, wanted } = await readDeployArguments(args);
    if (values.target !== undefined) return await writeFiles(wanted, values, context);
    using interrupt = interruptSignal(context);
    const progress = values.json
      ? undefined
      : progressLine({ write: (text) => context.problem(text), terminal: context.isTerminal });
    let deployment: Deployment;
    try {
      deployment = await deploy(wanted, {
        ...deploySettings(values),
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
    throw new InhouseError("invalid-request", `--target: "${kind}" is not known.`, {
      hint: `It is one of ${targetKinds.join(", ")}.`,
    });
  }
  const written = await writeTarget(target(made, kind as TargetKind), folder, { overwrite });
  out(json ? `${JSON.stringify({ written }, null, 2)}\n` : `${written.join("\n")}\n`);
  return exitCodes.ok;
}

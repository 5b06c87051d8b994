import { join, resolve } from "node:path";

import { InhouseError } from "../../core/error.ts";
import { problemText, type FileProblem } from "../files/pin-files.ts";
import type { PinnedFile } from "../files/pinned-file.ts";
import type { Plan, PlanSpec } from "../plan/plan-value.ts";
import { pinnedFolder } from "../verify/planned-files.ts";
import type { Verification } from "../verify/verification.ts";
import type { LaunchedServer } from "./launched-server.ts";

/** The steps from a spec to a proven server, as they are put together outside. */
export interface DeploySteps {
  plan(spec: PlanSpec): Promise<Plan>;
  /** Makes the target of the source, unless it is there already as it would be made. */
  quantize(source: string, type: string, target: string): Promise<void>;
  /** Brings a published model here, and tells where it is; absent where nothing may be fetched. */
  bring?(plan: Plan, folder: string): Promise<string>;
  /** The files of the model at a place. */
  files(place: string): Promise<readonly string[]>;
  pin(paths: readonly string[]): Promise<readonly PinnedFile[]>;
  /** Reads files from beginning to end. Paths that are relative start from the folder. */
  check(files: readonly PinnedFile[], folder: string): Promise<readonly FileProblem[]>;
  launch(plan: Plan): Promise<LaunchedServer>;
  /** Told of the digests that were found of the plan's files, which need not be read again. */
  verify(plan: Plan, server: LaunchedServer, digests: readonly PinnedFile[]): Promise<Verification>;
}

/** A server that runs as planned, and the proof. */
export interface ProvenServer {
  /** With the digests of the model's files. */
  readonly plan: Plan;
  readonly server: LaunchedServer;
  readonly report: Verification;
}

/**
 * From what is wanted, or from a plan that was made before, to a server that runs and was held against its plan. Rejects with
 * `mismatch` where a line of the report fails, or a file is not the one that was pinned, and as each step does; then nothing runs.
 */
export async function deployModel(
  wanted: PlanSpec | Plan,
  modelsFolder: string,
  steps: DeploySteps,
): Promise<ProvenServer> {
  const plan = "command" in wanted ? wanted : await withFilesHere(wanted, modelsFolder, steps);
  const pinned = await withPins(plan, steps);
  const server = await steps.launch(pinned);
  try {
    const report = await steps.verify(pinned, server, pinned.files ?? []);
    if (!report.passed) throw otherwise(report);
    return { plan: pinned, server, report };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** The plan, made again once the files that it needs have been made or fetched. */
async function withFilesHere(spec: PlanSpec, modelsFolder: string, steps: DeploySteps): Promise<Plan> {
  const first = await steps.plan(spec);
  const { name, origin, source, quantization } = first.model;
  if (origin === "made" && source.endsWith(".gguf")) {
    const target = resolve(modelsFolder, `${name}-${quantization}.gguf`);
    await steps.quantize(source, quantization, target);
    return await steps.plan(placed(spec, first, target));
  }
  if (origin === "published" && steps.bring) {
    const place = await steps.bring(first, join(resolve(modelsFolder), `${name}-${quantization}`));
    return await steps.plan(placed(spec, first, place));
  }
  return first;
}

/** The same spec with files that are here, the engine that they were got for, and no other quantization. */
function placed(spec: PlanSpec, { engine }: Plan, place: string): PlanSpec {
  const { quantization: _made, files: _wide, ...rest } = spec;
  const isNamed = typeof spec.model === "string" && !/[/\\]|\.gguf$/.test(spec.model);
  return { ...rest, engine, ...(isNamed ? { files: place } : { model: place }) };
}

/** The plan with the digests of its files, which are those on the disk: what it has is compared, else they are made. */
async function withPins(plan: Plan, steps: DeploySteps): Promise<Plan> {
  if (plan.files === undefined) {
    const { origin, source } = plan.model;
    return origin === "files" ? { ...plan, files: await steps.pin(await steps.files(source)) } : plan;
  }
  const [problem] = await steps.check(plan.files, pinnedFolder(plan));
  if (!problem) return plan;
  throw new InhouseError("mismatch", `A file is not the one that the plan pins: ${problemText(problem)}.`, {
    hint: "Get the file that was planned for anew, or make a new plan of the one that is there.",
  });
}

function otherwise({ lines }: Verification): InhouseError {
  const failed = lines.filter(({ verdict }) => verdict === "fail");
  const words = failed.map(({ name, planned = "?", found = "?" }) => `${name}: planned ${planned}, found ${found}`);
  return new InhouseError("mismatch", `What was started is not what was planned. ${words.join("; ")}.`, {
    hint: "It was stopped again. verify() of the same plan says more of each line.",
  });
}

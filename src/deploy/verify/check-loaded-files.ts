import { realpath, stat } from "node:fs/promises";
import { basename, isAbsolute } from "node:path";

import { isInhouseError } from "../../core/error.ts";
import { fileDigest } from "../files/file-digest.ts";
import type { Plan } from "../plan/plan-value.ts";
import type { PlannedServer } from "../planned-server.ts";
import type { FileQuestion } from "./check-pinned-files.ts";
import { plannedPaths } from "./planned-files.ts";
import type { ServedFacts } from "./served-facts.ts";
import type { ServerProcess } from "./server-processes.ts";
import { unknownLine } from "./verification-line.ts";
import type { VerificationLine } from "./verification.ts";

const name = "loaded files";
const deleted = " (deleted)";

/** Where the server's files can be looked at. */
export interface LoadedFileQuestion extends FileQuestion {
  readonly planned: PlannedServer;
  readonly isHere: boolean;
  readonly processes: readonly ServerProcess[];
}

/**
 * Whether what the server has loaded is what the plan names: by what the server says, and by the files that its processes have
 * open or mapped. Another path counts as the same where it leads to the same file, is named after the pinned digest (as
 * Ollama's blobs are), or has it: the latter is looked at with `checkIntegrity`.
 */
export async function loadedFilesLine(
  plan: Plan,
  { modelFiles }: ServedFacts,
  question: LoadedFileQuestion,
): Promise<VerificationLine> {
  const wanted = plannedPaths(plan, question.planned);
  const planned = wanted.length > 0 ? wanted.join(", ") : plan.model.source;
  const held = heldFiles(plan, wanted, question.processes);
  const served = modelFiles?.value ?? [];
  if (served.length === 0 && held.length === 0) {
    return unknownLine(name, "neither the server nor its processes tell what is loaded", planned);
  }
  const replaced = held.filter((path) => path.endsWith(deleted));
  const loaded = [...new Set([...served, ...held])].filter((path) => !path.endsWith(deleted));
  const judged = await Promise.all(
    loaded.map(async (path) => ({ path, how: await sameness(path, wanted, plan, question) })),
  );
  const foreign = judged.filter(({ how }) => how === undefined).map(({ path }) => path);
  const evidence = [
    ...(modelFiles ? [modelFiles.evidence] : []),
    ...(held.length > 0 ? [`/proc/PID/maps and fd: ${held.map((path) => basename(path)).join(", ")}`] : []),
    ...new Set(judged.flatMap(({ how }) => (how === undefined || how === "" ? [] : [how]))),
    ...replaced.map((path) => `${path.slice(0, -deleted.length)} was replaced since it was loaded`),
  ].join("; ");
  const isWrong = foreign.length > 0 || replaced.length > 0;
  // Repositories are compared by their names alone, and say nothing of a revision.
  return { name, verdict: isWrong ? "fail" : "pass", planned, found: loaded.join(", ") || "none", evidence };
}

/** The files with weights that the processes hold, those apart that the plan's command names beside the model. */
function heldFiles(plan: Plan, wanted: readonly string[], processes: readonly ServerProcess[]): readonly string[] {
  const model = new Set([plan.model.source, ...wanted]);
  // A projector, a draft model, an adapter: `--mmproj PATH`, `--lora-modules NAME=PATH`.
  const named = plan.command.map((word) => word.split("=").at(-1) ?? "");
  const beside = named.filter((word) => isAbsolute(word) && !model.has(word));
  const files = new Set(processes.flatMap((process) => process.files));
  return [...files].filter(
    (path) =>
      /(\.gguf|\.safetensors|\/sha256-[0-9a-f]{64})( \(deleted\))?$/.test(path) &&
      !beside.some((word) => path === word || path.startsWith(`${word.replace(/\/+$/, "")}/`)),
  );
}

/** How a path that the server has loaded is one that the plan names, empty where it is the very path; nothing where it is not. */
async function sameness(
  path: string,
  wanted: readonly string[],
  plan: Plan,
  question: LoadedFileQuestion,
): Promise<string | undefined> {
  const { model, files = [] } = plan;
  if (wanted.includes(path) || path === model.source) return "";
  if (model.format === "safetensors" && path.startsWith(`${model.source.replace(/\/+$/, "")}/`)) return "";
  const blob = /\/sha256-([0-9a-f]{64})$/.exec(path)?.[1];
  if (blob !== undefined && files.some(({ sha256 }) => sha256.toLowerCase() === blob)) {
    return "the blob is named after the pinned SHA-256";
  }
  if (!question.isHere || !isAbsolute(path)) return undefined;
  for (const one of [...wanted, model.source]) {
    if (await isSameFile(one, path)) return `${basename(path)} is the same file by another path`;
  }
  if (files.length > 0 && !question.checkIntegrity) return undefined;
  return await sameContent(path, wanted, plan, question);
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([a, b].map((path) => realpath(path).catch(() => undefined)));
  return one !== undefined && one === other;
}

/** A copy is held against the digest that was pinned; a blob's own name is one, which only the planned file has to match. */
async function sameContent(
  path: string,
  wanted: readonly string[],
  { files = [] }: Plan,
  { signal, checkIntegrity }: LoadedFileQuestion,
): Promise<string | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (!stats?.isFile()) return undefined;
  try {
    if (checkIntegrity && files.some(({ sizeBytes }) => sizeBytes === stats.size)) {
      const found = await fileDigest(path, { signal });
      if (files.some(({ sha256 }) => sha256.toLowerCase() === found.sha256)) return "a copy with the pinned SHA-256";
    }
    const blob = /\/sha256-([0-9a-f]{64})$/.exec(path)?.[1];
    if (blob === undefined) return undefined;
    for (const one of wanted) {
      const { size } = (await stat(one).catch(() => undefined)) ?? {};
      if (size === stats.size && (await fileDigest(one, { signal })).sha256 === blob) {
        return "the blob is named after the SHA-256 of the planned file";
      }
    }
    return undefined;
  } catch (error) {
    if (isInhouseError(error) && error.code !== "abort") return undefined;
    throw error;
  }
}

import { isAbsolute } from "node:path";

import { checkOptions } from "../../core/check-options.ts";
import { abortError, isInhouseError } from "../../core/error.ts";
import type { Transport } from "../../core/transport.ts";
import type { Engine } from "../engine.ts";
import type { PinnedFile } from "../files/pinned-file.ts";
import { engineOf } from "../known-engine.ts";
import { checkedPlan } from "../plan/plan-file.ts";
import type { Plan } from "../plan/plan-value.ts";
import { readModel } from "../shape/read-model.ts";
import type { OnProgress } from "../work-progress.ts";
import { runCanary } from "./canary.ts";
import { canaryLines, noCanaryLines } from "./check-canary.ts";
import { driftLine } from "./check-drift.ts";
import { engineLine, nameLine, type IdentifiedServer } from "./check-identity.ts";
import { loadedFilesLine } from "./check-loaded-files.ts";
import { pinnedFilesLine } from "./check-pinned-files.ts";
import { privacyLine } from "./check-privacy.ts";
import { gpuLine, settingsLines } from "./check-settings.ts";
import { listeningLine, peersLine } from "./check-sockets.ts";
import { templateLine } from "./check-template.ts";
import { listeningPaths, openSockets } from "./open-sockets.ts";
import type { ServedFacts } from "./served-facts.ts";
import { firstProcess, isThisMachine, serverPlace } from "./server-place.ts";
import { serverProcesses } from "./server-processes.ts";
import type { Verification, VerificationLine } from "./verification.ts";
import { watchPeers } from "./watch-peers.ts";

/** Options of `verify`. */
export interface VerifyOptions {
  /** Read the plan's pinned files from beginning to end, for their SHA-256. Default false: their sizes alone. */
  readonly checkIntegrity?: boolean;
  /** Digests of the pinned files that were made a moment ago, as `pinFiles` gives them: the files are not read again. */
  readonly digests?: readonly PinnedFile[];
  /** Watch that the server's processes have no connection beyond this machine while they answer. Default false. */
  readonly localOnly?: boolean;
  /** What the server wrote: some things stand nowhere else. */
  readonly log?: string;
  /** The server's process. Default: the one on this machine that listens at the URL's port. */
  readonly pid?: number;
  /** An earlier report: what was found then must be found now. */
  readonly previous?: Verification;
  /** By what name the model is asked for. Default: the plan's. */
  readonly model?: string;
  readonly apiKey?: string;
  /** How long the longest prompt may take, in milliseconds, about: it is made shorter where the server is slow. Default 60,000. */
  readonly longestMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** What `verify` needs beside its options. */
export interface VerifyContext extends VerifyOptions {
  readonly engines: readonly Engine[];
  readonly transport: Transport;
  /** Finds out who answers. Rejects where nobody does. */
  readonly identify: (url: string) => Promise<IdentifiedServer>;
  /** Where the kernel tells of processes. Default `/proc`. */
  readonly proc?: string;
}

/** The options that there are. */
export const verifyOptionNames: Record<keyof VerifyOptions, true> = {
  checkIntegrity: true,
  digests: true,
  localOnly: true,
  log: true,
  pid: true,
  previous: true,
  model: true,
  apiKey: true,
  longestMs: true,
  signal: true,
  onProgress: true,
};

/**
 * Holds a server that runs against its plan: by what it says of itself, by what its log and its processes on this machine give
 * away, and by what it makes of prompts. Rejects with `invalid-request` for a plan that is damaged, and with the transport's
 * errors where nobody answers; whatever else is wrong is a line of the report.
 */
export async function verify(given: Plan, url: string, context: VerifyContext): Promise<Verification> {
  const plan = checkedPlan(given);
  checkOptions("verify", context, { ...verifyOptionNames, engines: true, transport: true, identify: true, proc: true });
  const engine = engineOf(plan, context.engines, "verify");
  const planned = engine.planned(plan);
  const { previous, localOnly = false, checkIntegrity = false, digests, proc = "/proc", signal, onProgress } = context;
  const { port, host } = serverPlace(url);
  const tell = (task: string): void => {
    if (signal?.aborted) throw abortError(signal);
    onProgress?.({ task });
  };
  tell("asking the server who it is");
  const server = await context.identify(url);
  const found = await firstProcess(plan, { port, host, proc, pid: context.pid });
  const isHere = typeof found !== "string";
  const model = context.model ?? planned.model;
  const watch = localOnly && isHere ? watchPeers(found, proc) : undefined;
  const isPlanned = server.engine === (engine.provider ?? engine.name);
  const lines: VerificationLine[] = [engineLine(plan, isPlanned, server)];
  try {
    tell("asking the server what it serves");
    if (isPlanned) await server.provider.preload?.(model, signal).catch(toleratingRefusal);
    // The processes that compute may have come with the model.
    const processes = isHere ? await serverProcesses(found, proc) : [];
    const { transport, apiKey, log } = context;
    const question = { plan, model, url, transport, processes };
    const asked = { ...(apiKey === undefined ? {} : { apiKey }), ...(log === undefined ? {} : { log }) };
    const observe = isPlanned ? engine.observe : undefined;
    const told = (await observe?.({ ...question, ...asked, ...(signal ? { signal } : {}) })) ?? {};
    const facts = isHere ? await withOwnQuantization(told, signal) : told;
    lines.push(nameLine(model, facts));
    tell("reading the model's files");
    const files = {
      planned,
      checkIntegrity,
      digests,
      signal,
      onProgress,
      isHere: isHere || isThisMachine(host),
      processes,
    };
    lines.push(await pinnedFilesLine(plan, files.isHere, files), await loadedFilesLine(plan, facts, files));
    lines.push(...settingsLines(plan, planned, facts), gpuLine(plan, facts, processes));
    lines.push(await templateLine(plan, planned, facts, files.isHere, signal));
    const sockets = isHere ? await openSockets(processes, proc) : found;
    const paths = await listeningPaths(processes, proc);
    lines.push(listeningLine(plan, planned, port, sockets, paths), privacyLine(plan, isHere ? processes : found));
    tell("asking the model to count");
    lines.push(
      ...(isPlanned ? await canary(plan, model, facts, server, context) : noCanaryLines("another server answers")),
    );
  } finally {
    const seen = await watch?.end();
    if (localOnly) lines.push(peersLine(port, seen ?? (isHere ? "they were not watched" : found)));
  }
  if (previous) lines.push(driftLine(previous, lines));
  const passed = lines.every(({ verdict }) => verdict !== "fail");
  return { passed, url, at: new Date().toISOString(), lines };
}

async function canary(
  plan: Plan,
  model: string,
  { contextLength }: ServedFacts,
  { provider }: IdentifiedServer,
  { longestMs = 60_000, signal = new AbortController().signal }: VerifyContext,
): Promise<readonly VerificationLine[]> {
  try {
    const length = contextLength?.value ?? plan.contextLength;
    return canaryLines(plan, await runCanary({ provider, model, contextLength: length, longestMs, signal }));
  } catch (error) {
    if (!isInhouseError(error) || signal.aborted) throw error;
    return noCanaryLines(`the model did not answer: ${error.message}`);
  }
}

/** A model that cannot be loaded is one of the findings. */
function toleratingRefusal(error: unknown): void {
  if (!isInhouseError(error) || error.code === "abort") throw error;
}

/** Where the server does not tell how its weights are stored, the files on this machine do. */
async function withOwnQuantization(facts: ServedFacts, signal: AbortSignal | undefined): Promise<ServedFacts> {
  const [file] = facts.modelFiles?.value ?? [];
  if (facts.quantization || file === undefined || !isAbsolute(file)) return facts;
  try {
    const { quantization } = await readModel(file, signal ? { signal } : {});
    return { ...facts, quantization: { value: quantization.name, evidence: `${quantization.evidence} of ${file}` } };
  } catch (error) {
    if (isInhouseError(error) && error.code !== "abort") return facts;
    throw error;
  }
}

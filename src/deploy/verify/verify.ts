import { networkInterfaces } from "node:os";
import { isAbsolute } from "node:path";

import { checkOptions } from "../../core/check-options.ts";
import { abortError, InhouseError, isInhouseError } from "../../core/error.ts";
import type { Transport } from "../../core/transport.ts";
import type { Engine } from "../engine.ts";
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
import { isEveryAddress, isLoopback, listenersAt, listeningPaths, openSockets } from "./open-sockets.ts";
import { plannedName } from "./planned-launch.ts";
import type { ServedFacts } from "./served-facts.ts";
import { processWithSocket, runsProgram, serverProcesses, type ServerProcess } from "./server-processes.ts";
import type { Verification, VerificationLine } from "./verification.ts";
import { watchPeers } from "./watch-peers.ts";

/** Options of `verify`. */
export interface VerifyOptions {
  /** Read the plan's pinned files from beginning to end, for their SHA-256. Default false: their sizes alone. */
  readonly checkIntegrity?: boolean;
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
  const { engines, previous, localOnly = false, checkIntegrity = false, proc = "/proc", signal, onProgress } = context;
  const { port, host } = addressOf(url);
  const tell = (task: string): void => {
    if (signal?.aborted) throw abortError(signal);
    onProgress?.({ task });
  };
  tell("asking the server who it is");
  const server = await context.identify(url);
  const found = await processesOf(plan, { port, host, proc, pid: context.pid });
  const isHere = typeof found !== "string";
  const model = context.model ?? plannedName(plan);
  const watch = localOnly && isHere ? watchPeers(found.pid, proc) : undefined;
  const lines: VerificationLine[] = [engineLine(plan, server)];
  try {
    const isPlanned = server.engine === plan.engine;
    tell("asking the server what it serves");
    const observe = isPlanned ? engines.find(({ name }) => name === plan.engine)?.observe : undefined;
    if (isPlanned) await server.provider.preload?.(model, signal).catch(toleratingRefusal);
    // The processes that compute may have come with the model.
    const processes = isHere ? await serverProcesses(found.pid, proc) : [];
    const { transport, apiKey, log } = context;
    const question = { plan, model, url, transport, processes };
    const asked = { ...(apiKey === undefined ? {} : { apiKey }), ...(log === undefined ? {} : { log }) };
    const told = (await observe?.({ ...question, ...asked, ...(signal ? { signal } : {}) })) ?? {};
    const facts = isHere ? await withOwnQuantization(told, signal) : told;
    lines.push(nameLine(model, facts));
    tell("reading the model's files");
    const files = { checkIntegrity, signal, onProgress, isHere: isHere || isThisMachine(host), processes };
    lines.push(await pinnedFilesLine(plan, files.isHere, files), await loadedFilesLine(plan, facts, files));
    lines.push(...settingsLines(plan, facts), gpuLine(plan, facts, processes));
    lines.push(await templateLine(plan, facts, files.isHere, signal));
    const sockets = isHere ? await openSockets(processes, proc) : found;
    const paths = await listeningPaths(processes, proc);
    lines.push(listeningLine(plan, port, sockets, paths), privacyLine(plan, isHere ? processes : found));
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

function addressOf(url: string): { readonly host: string; readonly port: number } {
  if (!URL.canParse(url)) {
    throw new InhouseError("invalid-request", `"${url}" is no address of a server.`, {
      hint: "Write it like http://127.0.0.1:8000.",
    });
  }
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || (protocol === "https:" ? 443 : 80)) };
}

function isThisMachine(host: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return isLoopback(host) || isEveryAddress(host) || own.some(({ address }) => address === host);
}

/** The server's first process, or why its processes cannot be looked at. */
async function processesOf(
  plan: Plan,
  place: { readonly port: number; readonly host: string; readonly proc: string; readonly pid: number | undefined },
): Promise<{ readonly pid: number } | string> {
  const { port, host, proc, pid } = place;
  if (pid === undefined && !isThisMachine(host)) return `${host} is another machine: its processes cannot be looked at`;
  const chosen = pid ?? (await processWithSocket(await listenersAt(port, proc), proc));
  if (chosen === undefined) {
    return process.platform === "linux"
      ? `no process that this user may look at listens at port ${port}: run as the server's user, or as root`
      : `${process.platform} has no /proc: processes cannot be looked at`;
  }
  const processes: readonly ServerProcess[] = await serverProcesses(chosen, proc);
  const [first] = processes;
  if (!first) return `there is no process ${chosen}`;
  const program = (plan.command[0] ?? "").split("/").at(-1) ?? "";
  if (pid === undefined && !processes.some((one) => runsProgram(one, program))) {
    return `what listens at port ${port} is ${first.arguments[0] ?? `process ${chosen}`}, not ${program}: the server runs behind it`;
  }
  return { pid: chosen };
}

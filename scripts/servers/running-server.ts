import { setTimeout as delay } from "node:timers/promises";

import type { LaunchPlan } from "./options.ts";
import { type Child, type Exit, exitOf, killGroup, spawnLeashed } from "./process.ts";
import { ServerLog } from "./server-log.ts";

const GRACE_MS = 2000;
const SECOND_GRACE_MS = 1000;

export interface RunningServer extends AsyncDisposable {
  readonly name: "llama-server";
  /** Without a slash at the end. */
  readonly url: string;
  /** llama.cpp's build, such as `b11549`. */
  readonly version: string;
  /** The name that the model answers to. */
  readonly model: string;
  readonly pid: number | undefined;
  /** Resolves when the server has ended, for whatever reason. */
  readonly exited: Promise<Exit>;
  /** The last lines that the server wrote. */
  log(): string;
  /** Ends the server: asks, asks again, kills. Takes at most about three seconds. */
  stop(): Promise<void>;
  /** Ends the server by SIGKILL, as a crash would. */
  kill(): Promise<void>;
}

export interface Launch extends LaunchPlan {
  readonly model: string;
  readonly apiKey: string | undefined;
  readonly readyTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Starts a server and resolves when it is ready; where that fails, no process is left. */
export async function launch(launching: Launch): Promise<RunningServer> {
  const { command, args, version, model, apiKey, readyTimeoutMs } = launching;
  const limit = AbortSignal.timeout(readyTimeoutMs);
  const signal = launching.signal === undefined ? limit : AbortSignal.any([launching.signal, limit]);
  signal.throwIfAborted();

  const child = spawnLeashed(command, args, serverEnvironment(apiKey));
  const log = new ServerLog(child);
  const exited = exitOf(child);
  try {
    const url = await ready(log, exited, signal);
    return runningServer(child, exited, log, { url, version, model });
  } catch (error) {
    killGroup(child);
    const exit = await exited;
    launching.signal?.throwIfAborted();
    const what = signal.aborted
      ? `was not ready within ${readyTimeoutMs / 1000} s`
      : `ended before it was ready (${exit.signal ?? `exit code ${exit.code}`}): ${log.decidingLine()}`;
    throw new Error(`llama-server ${what}\nProgram: ${command}\nLog:\n${log.tail()}`, { cause: error });
  }
}

/** The address comes from our own child's log: another program's 200 on /health cannot be mistaken for it. */
async function ready(log: ServerLog, exited: Promise<Exit>, signal: AbortSignal): Promise<string> {
  const over = new AbortController();
  const polling = AbortSignal.any([signal, over.signal]);
  const healthy = async (): Promise<string> => {
    const url = await log.listening;
    while (!(await isHealthy(url, polling))) await delay(50, undefined, { signal: polling });
    return url;
  };
  const ended = exited.then(() => Promise.reject(new Error("The process has ended.")));
  const aborted = new Promise<never>((_, reject) => {
    polling.addEventListener("abort", () => reject(polling.reason as Error), { once: true });
  });
  try {
    return await Promise.race([healthy(), ended, aborted]);
  } finally {
    over.abort();
  }
}

async function isHealthy(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** The binary reads most of its options from variables too; those of the user's shell are not meant for this server. */
function serverEnvironment(apiKey: string | undefined): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^LLAMA_(ARG_|API_KEY$)/.test(name));
  return { ...Object.fromEntries(kept), ...(apiKey === undefined ? {} : { LLAMA_API_KEY: apiKey }) };
}

function runningServer(
  child: Child,
  exited: Promise<Exit>,
  log: ServerLog,
  facts: Pick<RunningServer, "url" | "version" | "model">,
): RunningServer {
  const endsWithin = (ms: number): Promise<boolean> => {
    const timer = new AbortController();
    const late = delay(ms, false, { signal: timer.signal });
    return Promise.race([exited.then(() => true), late]).finally(() => timer.abort());
  };
  const end = async (): Promise<void> => {
    child.kill("SIGTERM");
    if (await endsWithin(GRACE_MS)) return;
    child.kill("SIGTERM");
    if (await endsWithin(SECOND_GRACE_MS)) return;
    await kill();
  };
  const kill = async (): Promise<void> => {
    killGroup(child);
    await exited;
  };
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= end());
  return {
    name: "llama-server",
    ...facts,
    pid: child.pid,
    exited,
    log: () => log.tail(),
    stop,
    kill,
    [Symbol.asyncDispose]: stop,
  };
}

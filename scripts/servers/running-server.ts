import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

import type { LaunchPlan, ServerName } from "./launch-plan.ts";
import { type Child, type Exit, exitOf, spawnLeashed } from "./process.ts";
import { ServerLog } from "./server-log.ts";

export interface RunningServer extends AsyncDisposable {
  readonly name: ServerName;
  /** Without a slash at the end. */
  readonly url: string;
  /** llama.cpp's build, such as `b11549`, or the others' version, such as `0.34.2`. */
  readonly version: string;
  /** The name that the model answers to, of several models the first. */
  readonly model: string;
  readonly pid: number | undefined;
  /** Resolves when the server has ended, for whatever reason. */
  readonly exited: Promise<Exit>;
  /** The last lines that the server wrote. */
  log(): string;
  /** Ends the server: asks, asks again, kills. Takes at most about three seconds, for vLLM ten. */
  stop(): Promise<void>;
  /** Ends the server by SIGKILL, as a crash would; what else belongs to it ends soon after. */
  kill(): Promise<void>;
}

export interface LaunchOptions {
  readonly readyTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Starts a server and resolves when it is ready; where that fails, no process is left. */
export async function launch(plan: LaunchPlan, options: LaunchOptions): Promise<RunningServer> {
  const { command, args, env, lingerSeconds, removes } = plan;
  const limit = AbortSignal.timeout(options.readyTimeoutMs);
  const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]);
  const child = spawnLeashed(command, args, { env, lingerSeconds, removes });
  const log = new ServerLog(child, plan.address);
  const exited = endOf(child, removes);
  try {
    signal.throwIfAborted();
    const url = await ready(plan, log, exited, signal);
    return runningServer(plan, url, child, exited, log);
  } catch (error) {
    child.kill("SIGKILL");
    const exit = await exited;
    options.signal?.throwIfAborted();
    const what = signal.aborted
      ? `was not ready within ${options.readyTimeoutMs / 1000} s`
      : `ended before it was ready (${exit.signal ?? `exit code ${exit.code}`}): ${log.decidingLine()}`;
    throw new Error(`${plan.name} ${what}\nProgram: ${command}\nLog:\n${log.tail()}`, { cause: error });
  }
}

async function endOf(child: Child, removes: string | undefined): Promise<Exit> {
  const exit = await exitOf(child);
  if (removes !== undefined) await rm(removes, { recursive: true, force: true });
  return exit;
}

/** The address comes from our own child's log: another program's 200 cannot be mistaken for its. */
async function ready(
  { readyPath }: LaunchPlan,
  log: ServerLog,
  exited: Promise<Exit>,
  signal: AbortSignal,
): Promise<string> {
  const over = new AbortController();
  const polling = AbortSignal.any([signal, over.signal]);
  const healthy = async (): Promise<string> => {
    const url = await log.address;
    while (!(await isHealthy(`${url}${readyPath}`, polling))) await delay(50, undefined, { signal: polling });
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
    const response = await fetch(url, { signal });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

function runningServer(
  plan: LaunchPlan,
  url: string,
  child: Child,
  exited: Promise<Exit>,
  log: ServerLog,
): RunningServer {
  const { name, version, model, gracesMs } = plan;
  const endsWithin = (ms: number): Promise<boolean> => {
    const timer = new AbortController();
    const late = delay(ms, false, { signal: timer.signal });
    return Promise.race([exited.then(() => true), late]).finally(() => timer.abort());
  };
  const end = async (): Promise<void> => {
    for (const grace of gracesMs) {
      child.kill("SIGTERM");
      if (await endsWithin(grace)) return;
    }
    await kill();
  };
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= end());
  return {
    name,
    url,
    version,
    model,
    pid: child.pid,
    exited,
    log: () => log.tail(),
    stop,
    kill,
    [Symbol.asyncDispose]: stop,
  };
}

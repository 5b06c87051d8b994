import { rm } from "node:fs/promises";

import { abortError, InhouseError, isInhouseError } from "../../core/error.ts";
import type { Transport } from "../../core/transport.ts";
import type { OnProgress } from "../work-progress.ts";
import type { KeptLog } from "./kept-log.ts";
import type { ServerExit } from "./launched-server.ts";
import { exitOf, startLeashed, type LeashedProcess } from "./leashed-process.ts";
import type { ServerCommand } from "./server-command.ts";
import { serverLog } from "./server-log.ts";
import { startFailure } from "./start-failure.ts";
import { endsWithin, stopping } from "./stopping.ts";
import { untilReady } from "./until-ready.ts";

/** A server that was started and is ready. */
export interface StartedServer {
  readonly url: string;
  /** As its log states it. */
  readonly version?: string;
  readonly pid: number;
  /** Resolves when it has ended and all its output was read; never rejects. */
  readonly exited: Promise<ServerExit>;
  /** Ends it: asks, asks again, kills. */
  stop(): Promise<void>;
  /** Ends it by SIGKILL; what else belongs to it ends within its seconds to linger. */
  kill(): Promise<void>;
}

/** What a start takes beside its command. */
export interface StartOptions {
  readonly transport: Transport;
  readonly log: KeptLog;
  /** How long it may take to be ready, in milliseconds. Default: no limit. */
  readonly readyMs?: number | undefined;
  /** Gives up the start. A server that is ready is not touched. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  /** What is left to do when it answers, before it counts as ready. */
  install?(url: string, signal: AbortSignal, tell: OnProgress): Promise<void>;
}

/**
 * Starts a server and resolves when it is ready; where that fails, no process is left. Rejects with `server` and the line that
 * decided where it ends before, `not-found` where it cannot be run, `timeout`, and when aborted. What `onProgress` throws ends
 * the start.
 */
export async function startServer(command: ServerCommand, options: StartOptions): Promise<StartedServer> {
  const { signal, readyMs, onProgress, log } = options;
  if (signal?.aborted) throw abortError(signal);
  const over = new AbortController();
  const tell: OnProgress = (progress) => {
    try {
      if (!over.signal.aborted) onProgress?.(progress);
    } catch (error) {
      over.abort(error);
    }
  };
  const child = startLeashed(command.command, command.arguments, {
    env: command.environment,
    lingerSeconds: command.lingerSeconds,
    removes: command.removes,
  });
  const reading = serverLog(child, command, log, tell);
  const ended = endOf(child, command);
  const started = performance.now();
  const clock = setInterval(() => {
    const done = Math.round((performance.now() - started) / 1_000);
    tell({ task: `starting ${command.name}`, done, unit: "seconds" });
  }, 1_000);
  const late = (): void =>
    over.abort(
      new InhouseError("timeout", `${command.name} was not ready within ${readyMs} ms: ${reading.decidingLine()}`, {
        phase: "total",
        hint: "Raise readyMs: a large model takes minutes to load.",
      }),
    );
  const timer = readyMs === undefined ? undefined : setTimeout(late, readyMs);
  const aborted = (): void => over.abort(signal && abortError(signal));
  signal?.addEventListener("abort", aborted);
  try {
    const url = await unlessOver(ready(), ended, over.signal);
    const version = reading.version();
    return {
      url,
      ...(version === undefined ? {} : { version }),
      pid: child.pid ?? 0,
      exited: ended,
      ...stopping(child, ended, command.gracesMs),
    };
  } catch (error) {
    const hasEnded = await endsSoon(child, error);
    child.kill("SIGKILL");
    const exit = await ended;
    if (over.signal.aborted) throw over.signal.reason;
    throw hasEnded ? startFailure(command, exit, reading.decidingLine(), log.tail()) : error;
  } finally {
    over.abort(early);
    clearInterval(clock);
    clearTimeout(timer);
    signal?.removeEventListener("abort", aborted);
  }

  /** The address comes from our own child's log: another program's 200 cannot be mistaken for its. */
  async function ready(): Promise<string> {
    tell({ task: `starting ${command.name}`, done: 0, unit: "seconds" });
    const url = await reading.address;
    await untilReady(options.transport, url, command.readyPath, over.signal);
    await options.install?.(url, over.signal, tell);
    return url;
  }
}

/** Stands for the end of the process before it was ready. */
const early = Symbol("ended early");

async function unlessOver<Result>(
  work: Promise<Result>,
  ended: Promise<ServerExit>,
  signal: AbortSignal,
): Promise<Result> {
  const over = new Promise<never>((_, reject) => {
    const end = (): void => reject(signal.reason as Error);
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { once: true });
  });
  work.catch(() => undefined); // another one may decide, and the work is told by the signal
  over.catch(() => undefined);
  return await Promise.race([work, ended.then(() => Promise.reject(early as never)), over]);
}

/** A lost connection is often the first that is seen of a process that ends. */
async function endsSoon(child: LeashedProcess, error: unknown): Promise<boolean> {
  if (isInhouseError(error) && lost.has(error.code)) await endsWithin(child, 1_000);
  return child.exitCode !== null || child.signalCode !== null;
}

const lost = new Set(["connect", "reset", "truncated"]);

/** A process that could not even be started has no exit of its own. */
async function endOf(child: LeashedProcess, { removes }: ServerCommand): Promise<ServerExit> {
  const exit = await exitOf(child).catch(() => ({ code: 127, signal: null }));
  if (removes !== undefined) await rm(removes, { recursive: true, force: true });
  return exit;
}

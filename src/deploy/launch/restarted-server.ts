import { setTimeout as delay } from "node:timers/promises";

import type { ServerExit } from "./launched-server.ts";
import type { StartedServer } from "./start-server.ts";

/** How often a server that crashes is started again: not at all where it crashed more often within that time. */
export interface Restarts {
  readonly most: number;
  readonly withinMs: number;
}

/** What starting again takes. */
export interface RestartOptions {
  readonly restarts?: Restarts | undefined;
  again(signal: AbortSignal): Promise<StartedServer>;
  /** Told before each try, with its number. */
  onRestart(tries: number): void;
  /** Told why a try has failed. */
  onFailure(error: unknown): void;
}

/** A server that may be started again: what changes with a restart is asked for. */
export interface RestartedServer extends Pick<StartedServer, "exited" | "stop" | "kill"> {
  readonly pid: number;
}

const firstPauseMs = 200;
const longestPauseMs = 10_000;

/**
 * Starts a server again when it crashes, which is any end but one that was asked for here or with exit code 0. Between
 * tries it waits longer and longer, up to 10 s. What a try or `onRestart` throws counts as a crash.
 */
export function restartedServer(first: StartedServer, options: RestartOptions): RestartedServer {
  const { restarts = { most: 0, withinMs: 0 } } = options;
  const ending = new AbortController();
  let current = first;

  async function watched(): Promise<ServerExit> {
    const crashes: number[] = [];
    let exit = await current.exited;
    while (!ending.signal.aborted && exit.code !== 0) {
      const now = performance.now();
      crashes.push(now);
      const recent = crashes.filter((time) => time >= now - restarts.withinMs).length;
      if (recent > restarts.most) break;
      exit = await nextExit(recent, exit);
    }
    return exit;
  }

  async function nextExit(tries: number, last: ServerExit): Promise<ServerExit> {
    const { signal } = ending;
    try {
      await delay(Math.min(firstPauseMs * 2 ** (tries - 1), longestPauseMs), undefined, { signal });
      options.onRestart(tries);
      current = await options.again(signal);
      return await current.exited;
    } catch (error) {
      if (!signal.aborted) options.onFailure(error);
      return last; // the loop counts it
    }
  }

  const exited = watched();
  const end = async (way: "stop" | "kill"): Promise<void> => {
    ending.abort();
    await current[way]();
    await exited;
  };
  return {
    get pid() {
      return current.pid;
    },
    exited,
    stop: () => end("stop"),
    kill: () => end("kill"),
  };
}

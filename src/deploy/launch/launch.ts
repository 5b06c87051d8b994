import { checkOptions } from "../../core/check-options.ts";
import { abortError } from "../../core/error.ts";
import type { EngineServer } from "../engine-server.ts";
import type { Plan } from "../plan/plan-value.ts";
import { findProgram } from "./find-program.ts";
import { keptLog } from "./kept-log.ts";
import { launchOptions, type LaunchContext } from "./launch-options.ts";
import { checkNeeds, checkNumbers, launchable } from "./launchable.ts";
import type { LaunchedServer, ServerExit } from "./launched-server.ts";
import { freePort, portFailure } from "./listening-port.ts";
import { restartedServer } from "./restarted-server.ts";
import { runProgram } from "./run-program.ts";
import { serverEnvironment } from "./server-environment.ts";
import { serverKey } from "./server-key.ts";
import { startOnce, type Launching } from "./start-once.ts";
import type { StartedServer } from "./start-server.ts";

/**
 * Starts the server of a plan and resolves when it is ready to answer. Where that fails, no process is left.
 * Nothing of the plan's `prepare` is run.
 */
export async function launch(plan: Plan, context: LaunchContext): Promise<LaunchedServer> {
  checkOptions("launch", context, { ...launchOptions, engines: true, transport: true, env: true });
  const { signal, offline = true, env } = context;
  checkNumbers(context);
  if (signal?.aborted) throw abortError(signal);
  const { server, planned } = launchable(plan, context.engines);
  const { address } = planned;
  const { port = planned.port } = context;
  const apiKey = serverKey(server, { apiKey: context.apiKey, withoutKey: context.withoutKey, address });
  await checkNeeds(plan, [...planned.files, ...(server.needs?.(plan, { offline, env }) ?? [])]);
  const program = await findProgram(server.program, server.installHint, context);
  const asked = await versionOf(program, server, context);
  const log = await keptLog(context.logFile, apiKey);
  const launching: Launching = { plan, planned, server, program, log, context, apiKey, offline };
  try {
    const first = await startOnce(launching, await portOf(server, address, port), signal);
    return launchedServer(launching, first, asked);
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** Rejects where the port is taken, before a server has read its model for nothing. */
async function portOf({ takesAnyPort }: EngineServer, address: string, port: number): Promise<number> {
  if (port === 0) return takesAnyPort ? 0 : await freePort(address);
  const failure = await portFailure(address, port);
  if (failure) throw failure;
  return port;
}

function launchedServer(launching: Launching, first: StartedServer, asked: string | undefined): LaunchedServer {
  const { plan, planned, server, log, context, apiKey } = launching;
  const { signal } = context;
  const port = Number(new URL(first.url).port || "80");
  const running = restartedServer(first, {
    restarts: context.restarts,
    again: (ending) => startOnce(launching, port, ending),
    onRestart: (tries) => {
      const total = context.restarts?.most ?? tries;
      context.onProgress?.({ task: `restarting ${server.program} after a crash`, done: tries, total });
    },
    onFailure: (error) => log.add(`The restart has failed: ${String(error)}`),
  });
  const aborted = (): void => void running.stop();
  signal?.addEventListener("abort", aborted, { once: true });
  if (signal?.aborted) aborted();
  const ended = async (): Promise<ServerExit> => {
    const exit = await running.exited;
    signal?.removeEventListener("abort", aborted);
    await log.close();
    return exit;
  };
  const exited = ended();
  const stop = async (): Promise<void> => {
    await running.stop();
    await exited;
  };
  const version = asked ?? first.version;
  return {
    engine: plan.engine,
    url: first.url,
    ...(version === undefined ? {} : { version }),
    model: planned.model,
    get pid() {
      return running.pid;
    },
    ...(apiKey === undefined ? {} : { apiKey }),
    exited,
    log: () => log.tail(),
    stop,
    async kill() {
      await running.kill();
      await exited;
    },
    [Symbol.asyncDispose]: stop,
  };
}

const versionLimitMs = 10_000;

/** What a program says of itself; one that cannot say it may still serve, and its start tells. */
async function versionOf(
  program: string,
  { version, ownVariables }: EngineServer,
  { signal, ...context }: LaunchContext,
): Promise<string | undefined> {
  if (!version.arguments) return undefined;
  const env = serverEnvironment({ env: context.env, ownVariables, offline: true, added: {} });
  try {
    const { output } = await runProgram(program, version.arguments, { env, signal, timeoutMs: versionLimitMs });
    return version.read(output);
  } catch (error) {
    if (signal?.aborted) throw error;
    return undefined;
  }
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { checkOptions } from "../../core/check-options.ts";
import { abortError, isInhouseError } from "../../core/error.ts";
import type { EngineServer, LaunchSettings } from "../engine-server.ts";
import type { Plan } from "../plan/plan-value.ts";
import type { PlannedServer } from "../planned-server.ts";
import { findProgram } from "./find-program.ts";
import { keptLog, type KeptLog } from "./kept-log.ts";
import { launchOptions, type LaunchContext } from "./launch-options.ts";
import { checkNeeds, checkNumbers, launchable } from "./launchable.ts";
import type { LaunchedServer, ServerExit } from "./launched-server.ts";
import { freePort, portFailure } from "./listening-port.ts";
import { restartedServer } from "./restarted-server.ts";
import { runProgram } from "./run-program.ts";
import { serverEnvironment } from "./server-environment.ts";
import { serverKey } from "./server-key.ts";
import { startServer, type StartedServer } from "./start-server.ts";

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

/** What all starts of a launch have in common. */
interface Launching {
  readonly plan: Plan;
  readonly planned: PlannedServer;
  readonly server: EngineServer;
  readonly program: string;
  readonly log: KeptLog;
  readonly context: LaunchContext;
  readonly apiKey: string | undefined;
  readonly offline: boolean;
}

/** Rejects where the port is taken, before a server has read its model for nothing. */
async function portOf({ takesAnyPort }: EngineServer, address: string, port: number): Promise<number> {
  if (port === 0) return takesAnyPort ? 0 : await freePort(address);
  const failure = await portFailure(address, port);
  if (failure) throw failure;
  return port;
}

async function startOnce(launching: Launching, port: number, signal: AbortSignal | undefined): Promise<StartedServer> {
  const { plan, planned, server, program, log, context, apiKey, offline } = launching;
  const { address } = planned;
  const { transport, modelStore, env, readyMs, onProgress } = context;
  const temporaryFolder = await mkdtemp(join(tmpdir(), "inhouse-launch-"));
  const settings: LaunchSettings = {
    address,
    port,
    offline,
    temporaryFolder,
    modelStore,
    ...(apiKey === undefined ? {} : { apiKey }),
  };
  const { command, environment } = server.launched(plan, settings);
  const { install, version } = server;
  try {
    return await startServer(
      {
        ...server,
        name: server.program,
        command: program,
        arguments: command.slice(1),
        environment: serverEnvironment({ env, ownVariables: server.ownVariables, offline, added: environment }),
        removes: temporaryFolder,
        address: (line) => server.address(line, settings),
        version: (line) => (version.arguments ? undefined : version.read(line)),
      },
      {
        transport,
        log,
        readyMs,
        signal,
        onProgress,
        install: async (url, over, tell) => {
          const listening = { url, transport, settings, signal: over, onProgress: tell };
          await install?.(plan, apiKey === undefined ? listening : { ...listening, apiKey });
        },
      },
    );
  } catch (error) {
    await rm(temporaryFolder, { recursive: true, force: true });
    // Another program may have taken it since it was looked at.
    const isTaken = isInhouseError(error) && error.code === "server" && port !== 0;
    throw (isTaken ? await portFailure(address, port) : undefined) ?? error;
  }
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

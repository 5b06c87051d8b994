import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { isInhouseError } from "../../core/error.ts";
import type { EngineServer, LaunchSettings } from "../engine-server.ts";
import type { Plan } from "../plan/plan-value.ts";
import type { PlannedServer } from "../planned-server.ts";
import type { KeptLog } from "./kept-log.ts";
import type { LaunchContext } from "./launch-options.ts";
import { portFailure } from "./listening-port.ts";
import { serverEnvironment } from "./server-environment.ts";
import { startServer, type StartedServer } from "./start-server.ts";

/** What all starts of a launch have in common. */
export interface Launching {
  readonly plan: Plan;
  readonly planned: PlannedServer;
  readonly server: EngineServer;
  readonly program: string;
  readonly log: KeptLog;
  readonly context: LaunchContext;
  readonly apiKey: string | undefined;
  readonly offline: boolean;
}

/** Starts the server at a port, once. Where that fails, nothing is left, and a port that was taken meanwhile is told as such. */
export async function startOnce(
  launching: Launching,
  port: number,
  signal: AbortSignal | undefined,
): Promise<StartedServer> {
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

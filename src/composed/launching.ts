import { homedir } from "node:os";
import { join } from "node:path";

import { checkOptions } from "../core/check-options.ts";
import type { Engine } from "../deploy/engine.ts";
import { launchOptions, type LaunchOptions as OwnLaunchOptions } from "../deploy/launch/launch-options.ts";
import { launch as launchWith } from "../deploy/launch/launch.ts";
import type { LaunchedServer } from "../deploy/launch/launched-server.ts";
import type { Plan } from "../deploy/plan/plan-value.ts";
import { transportFor } from "../http/lazy-transport.ts";
import type { TransportChoice } from "./own-transport.ts";
import { usualEngines } from "./usual-engines.ts";

/** Options of `launch`: its `transport` asks whether the server is ready, and brings a model into it. */
export interface LaunchOptions extends OwnLaunchOptions, TransportChoice {
  /** Whose plans are launched. Default: vLLM, llama-server, Ollama. */
  readonly engines?: readonly Engine[];
  /** What the server gets, its own options apart, and where `PATH` is looked up. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts the server of a plan, on this machine only unless the plan says otherwise, and resolves when it is ready to answer.
 * It runs in a process group of its own, which ends with this process, however that ends. Where the launch fails, no process is
 * left. Nothing of the plan's `prepare` is run. Rejects with `not-found` where the program or the model is not there,
 * `invalid-request` for a wrong option or a port that is taken, `unsupported` for what cannot be launched here or so, `server`
 * with the line of the log that decided where it ends before it is ready, `timeout`, and when aborted.
 */
export async function launch(planned: Plan, options: LaunchOptions = {}): Promise<LaunchedServer> {
  checkOptions("launch", options, { ...launchOptions, engines: true, transport: true, policy: true, env: true });
  const { engines = usualEngines, env = process.env, policy: _policy, ...own } = options;
  const cache = env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const transport = transportFor(options);
  try {
    const modelStore = options.modelStore ?? join(cache, "inhouse", "ollama");
    const server = await launchWith(planned, { ...own, engines, env, transport, modelStore });
    if (!own.transport) void server.exited.then(() => transport.close());
    return server;
  } catch (error) {
    if (!own.transport) await transport.close();
    throw error;
  }
}

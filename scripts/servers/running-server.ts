import { keptLog } from "../../src/deploy/launch/kept-log.ts";
import type { ServerExit } from "../../src/deploy/launch/launched-server.ts";
import type { ServerCommand } from "../../src/deploy/launch/server-command.ts";
import { startServer } from "../../src/deploy/launch/start-server.ts";
import { createTransport } from "../../src/http/undici-transport.ts";
import type { ServerName } from "./server-name.ts";

export interface RunningServer extends AsyncDisposable {
  readonly name: ServerName;
  /** Without a slash at the end. */
  readonly url: string;
  /** llama.cpp's build, such as `b11549`, or the others' version, such as `0.34.2`. */
  readonly version: string;
  /** The name that the model answers to, of several models the first. */
  readonly model: string;
  readonly pid: number;
  /** Resolves when the server has ended, for whatever reason. */
  readonly exited: Promise<ServerExit>;
  /** The last lines that the server wrote. */
  log(): string;
  /** Ends the server: asks, asks again, kills. Takes at most about three seconds, for vLLM ten. */
  stop(): Promise<void>;
  /** Ends the server by SIGKILL, as a crash would; what else belongs to it ends soon after. */
  kill(): Promise<void>;
}

/** A server that is prepared to be started. */
export interface PreparedServer {
  readonly command: ServerCommand & { readonly name: ServerName };
  readonly version: string;
  /** The name that the model answers to, of several models the first. */
  readonly model: string;
}

export interface StartLimits {
  readonly readyTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Starts a server and resolves when it is ready; where that fails, no process is left. */
export async function startPrepared(
  { command, version, model }: PreparedServer,
  { readyTimeoutMs, signal }: StartLimits,
): Promise<RunningServer> {
  const transport = createTransport();
  const log = await keptLog();
  try {
    const started = await startServer(command, { transport, log, readyMs: readyTimeoutMs, signal });
    const { stop } = started;
    return { ...started, name: command.name, version, model, log: () => log.tail(), [Symbol.asyncDispose]: stop };
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    await transport.close();
  }
}

import type { Transport } from "../../core/transport.ts";
import type { Engine } from "../engine.ts";
import type { OnProgress } from "../work-progress.ts";
import type { Restarts } from "./restarted-server.ts";

/** How a plan is launched. */
export interface LaunchOptions {
  /** Paths of programs by their names (`llama-server`, `vllm`, `ollama`), for those that are not on `PATH`. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Where it listens, in place of the plan's port; 0 takes any free one. */
  readonly port?: number;
  /**
   * The key that callers have to send, or `generate` for a new one. Default: a new one where the plan's address is not
   * loopback, else none.
   */
  readonly apiKey?: string;
  /** Lets a server listen beyond this machine without a key. Default false: it has one, or is refused. */
  readonly withoutKey?: boolean;
  /** The server may ask nothing of the world outside: no downloads, no usage statistics, no proxy, no media by URL. Default true. */
  readonly offline?: boolean;
  /** Where Ollama keeps its models. Default: `inhouse/ollama` in the user's cache folder; the user's own store is not touched. */
  readonly modelStore?: string;
  /** How long a start may take, in milliseconds. Default: no limit, as a large model takes minutes and more to load. */
  readonly readyMs?: number;
  /** How often a server that crashes is started again. Default: never. */
  readonly restarts?: Restarts;
  /** A file to which all that the server writes is appended. Default: only the last 400 lines are kept, in memory. */
  readonly logFile?: string;
  /** Gives up the launch, and later ends the server as `stop()` does. */
  readonly signal?: AbortSignal;
  /** Told every second how long the start takes, and how far it is where the server tells. What it throws ends the launch. */
  readonly onProgress?: OnProgress;
}

/** The options of `launch` by their names. */
export const launchOptions: Record<keyof LaunchOptions, true> = {
  programs: true,
  port: true,
  apiKey: true,
  withoutKey: true,
  offline: true,
  modelStore: true,
  readyMs: true,
  restarts: true,
  logFile: true,
  signal: true,
  onProgress: true,
};

/** What a launch needs beside its options. */
export interface LaunchContext extends LaunchOptions {
  readonly engines: readonly Engine[];
  readonly transport: Transport;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly modelStore: string;
}

import type { Transport } from "../core/transport.ts";
import type { Plan } from "./plan-value.ts";
import type { OnProgress, WorkProgress } from "./work-progress.ts";

/** What a launch decides beside its plan. */
export interface LaunchSettings {
  readonly port: number;
  /** Callers have to send it. */
  readonly apiKey?: string;
  /** The server may not ask anything of the world outside. */
  readonly offline: boolean;
}

/** A server that listens, as `install` speaks with it. */
export interface ListeningServer {
  readonly url: string;
  readonly apiKey?: string;
  readonly transport: Transport;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** How a server of an engine is started, watched and ended: what `launch` has to know of it. */
export interface EngineServer {
  /** The program, the first word of a plan's command. */
  readonly program: string;
  /** The arguments by which it tells its version, and the version in what it prints. */
  readonly version: { readonly arguments: readonly string[]; read(output: string): string | undefined };
  /** Variables of the caller that the server would take for options of its own, and does not get. */
  readonly ownVariables: RegExp;
  /** The plan's command and environment with what the launch decides. A key stands in the environment, where no list of processes shows it. */
  launched(
    plan: Plan,
    settings: LaunchSettings,
  ): {
    readonly command: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
  };
  /** The address, from the line of the log that says that the server listens; without a slash at its end. */
  address(line: string, settings: LaunchSettings): string | undefined;
  /** Answers with 200 when the server is ready. */
  readonly readyPath: string;
  /** How far the loading is, from a line of the log. */
  progress?(line: string): WorkProgress | undefined;
  /** Whether a line says why the server gives up; the first one that does decides. */
  decides(line: string): boolean;
  /** A line without the time, level and process before its words. */
  words(line: string): string;
  /** How long it may take to end after each SIGTERM, in milliseconds; after the last it is killed. */
  readonly gracesMs: readonly number[];
  /** How long its other processes have after it, whole seconds. Default 0: they are killed at once. */
  readonly lingerSeconds?: number;
  /** Brings the model into a server that starts without one, and loads it. */
  install?(plan: Plan, server: ListeningServer): Promise<void>;
}

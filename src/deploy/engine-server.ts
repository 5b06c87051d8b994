import type { Transport } from "../core/transport.ts";
import type { Plan } from "./plan/plan-value.ts";
import type { OnProgress, WorkProgress } from "./work-progress.ts";

/** What a launch decides beside its plan. */
export interface LaunchSettings {
  /** Where the server listens. */
  readonly address: string;
  /** 0: any free one, where the server can take any. */
  readonly port: number;
  /** Callers have to send it. */
  readonly apiKey?: string;
  /** The server may not ask anything of the world outside. */
  readonly offline: boolean;
  /** Empty, of this server alone, and gone with it. */
  readonly temporaryFolder: string;
  /** Where a server that keeps models of its own keeps them. */
  readonly modelStore: string;
}

/** A server that listens, as `install` speaks with it. */
export interface ListeningServer {
  readonly url: string;
  readonly apiKey?: string;
  readonly transport: Transport;
  readonly settings: LaunchSettings;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** What is asked before a server is started. */
export interface NeedsQuestion {
  readonly offline: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How a server of an engine is started, watched and ended: what `launch` has to know of it. */
export interface EngineServer {
  /** The program, the first word of a plan's command. */
  readonly program: string;
  /** How to get the program, where there is none. */
  readonly installHint: string;
  /** The version in what the program prints with these arguments, or, without arguments, in a line of its log. */
  readonly version: { readonly arguments?: readonly string[]; read(text: string): string | undefined };
  /** Variables of the caller that the server would take for options of its own, and does not get. */
  readonly ownVariables: RegExp;
  /** Whether it asks its callers for a key. */
  readonly takesKey: boolean;
  /** Whether it takes port 0, and says in its log which one it got. Otherwise a free one is looked for beforehand. */
  readonly takesAnyPort: boolean;
  /** Files and folders that have to be there before the start, beside those that the plan names. Default: none. */
  needs?(plan: Plan, question: NeedsQuestion): readonly string[];
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
  /** What to do about the line that decided. */
  advice?(line: string): string | undefined;
  /** How long it may take to end after each SIGTERM, in milliseconds; after the last it is killed. */
  readonly gracesMs: readonly number[];
  /** How long its other processes have after it, whole seconds. Default 0: they are killed at once. */
  readonly lingerSeconds?: number;
  /** Brings the model into a server that starts without one, and loads it. */
  install?(plan: Plan, server: ListeningServer): Promise<void>;
}

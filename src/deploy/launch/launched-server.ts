/** How a process ended. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server that `launch` started, and that is ready. */
export interface LaunchedServer extends AsyncDisposable {
  readonly engine: string;
  /** Without a slash at the end. */
  readonly url: string;
  /** As the program tells it: `b11434`, `0.34.2`. */
  readonly version?: string;
  /** By what name callers ask for the model. */
  readonly model: string;
  /** Of the running process; another one after a restart. */
  readonly pid: number;
  /** The key that callers have to send, where there is one. */
  readonly apiKey?: string;
  /** Resolves when the server has ended for good, for whatever reason; never rejects. */
  readonly exited: Promise<ServerExit>;
  /** The last lines that the server wrote. */
  log(): string;
  /** Ends the server and all its processes: asks, asks again, kills. */
  stop(): Promise<void>;
  /** Ends it at once, by SIGKILL. */
  kill(): Promise<void>;
}

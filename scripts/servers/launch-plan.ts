export type ServerName = "llama-server" | "ollama" | "vllm";

/** How to start one server, how to see that it is ready, and how to end it. */
export interface LaunchPlan {
  readonly name: ServerName;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly version: string;
  /** The name that the model answers to, of several models the first. */
  readonly model: string;
  /** The address, from the line of the log that says that the server has it. */
  readonly address: (line: string) => string | undefined;
  /** The path that answers with 200 when the server is ready. */
  readonly readyPath: string;
  /** How long the server may take to end after each SIGTERM; after the last it is killed. */
  readonly gracesMs: readonly number[];
  /** How long the server's other processes have to end after it, whole seconds. Default 0: they are killed at once. */
  readonly lingerSeconds?: number;
  /** A folder that goes when the server has ended. */
  readonly removes?: string | undefined;
}

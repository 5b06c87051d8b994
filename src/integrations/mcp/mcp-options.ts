import type { Client } from "../../client/client-interface.ts";
import type { Transport } from "../../core/transport.ts";

/** A server that is a program on this machine, spoken with over its input and output. */
export interface McpCommand {
  /** The program: a path, or a name that is looked for in the `PATH` of `env`. There is no shell. */
  readonly command: string;
  readonly args?: readonly string[];
  /** All that it has for an environment. Default: nothing, not even `PATH`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Told what it writes to its standard error, in pieces. Default: that is read and dropped. */
  onStderr?(text: string): void;
}

/** A server that is reached over HTTP (Streamable HTTP). */
export interface McpEndpoint {
  readonly url: string;
  /**
   * What all its requests go through: `createTransport({ policy })`. They go to the origin of `url` alone, and no redirect is
   * followed.
   */
  readonly transport?: Transport;
  /** A client whose provider's transport is taken in place of one given here: its policy has to allow the server. */
  readonly client?: Client;
  /** Sent with every request, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is asked of a transport of the MCP SDK; its types are not named, since the package is optional. */
export interface McpTransport {
  start(): Promise<void>;
  send(message: unknown): Promise<void>;
  close(): Promise<void>;
}

/**
 * A server that is reached by a transport of `@modelcontextprotocol/sdk` which you make yourself: one with an `authProvider`
 * for OAuth, or with a way of its own. Where it connects to, and how large a message may be, is its own matter.
 */
export interface McpConnection {
  /** Not started yet; it is closed with the tools. */
  readonly connection: McpTransport;
}

/** What a server tells of a call that goes on. */
export interface McpProgress {
  /** The tool, by its name for the model. */
  readonly name: string;
  readonly toolCallId: string;
  /** How far it is: more each time. */
  readonly progress: number;
  /** What `progress` will be at the end, where that is known. */
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}

/** What a server says of a tool beside its form. They are its own words: true as far as the server is trusted. */
export interface McpToolAnnotations {
  readonly title?: string | undefined;
  readonly readOnlyHint?: boolean | undefined;
  readonly destructiveHint?: boolean | undefined;
  readonly idempotentHint?: boolean | undefined;
  readonly openWorldHint?: boolean | undefined;
}

/** A tool as its server lists it. */
export interface McpToolInfo {
  readonly name: string;
  readonly description?: string | undefined;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly outputSchema?: Readonly<Record<string, unknown>> | undefined;
  readonly annotations?: McpToolAnnotations | undefined;
}

/**
 * Which calls a person is asked about first, by the `approve` of `runTools()`: those of tools that do not say that they only
 * read (`unless-read-only`), that say, or do not deny, that they destroy (`destructive`), all, none, or what a function says.
 */
export type McpApproval =
  | "unless-read-only"
  | "destructive"
  | "always"
  | "never"
  | ((tool: McpToolInfo, args: Readonly<Record<string, unknown>>) => boolean | Promise<boolean>);

/** Bounds on what a server may do. */
export interface McpLimits {
  /** Until the connection stands, and for each listing of tools, in milliseconds. Default 30,000. */
  readonly connectMs?: number;
  /** For each call of a tool, in milliseconds. Default 60,000. */
  readonly callMs?: number;
  /** Most tools. Default 256. */
  readonly tools?: number;
  /** Most bytes of one message. Default 4 MiB. */
  readonly messageBytes?: number;
  /** Most characters of a result that a model is told; a longer one is an error that tells it so. Default 100,000. */
  readonly resultLength?: number;
}

/** What `mcpTools` takes. */
export interface McpOptions {
  readonly server: McpCommand | McpEndpoint | McpConnection;
  /** Put before the names of the tools, such as `files_`: two servers may each have a `search`. Default: none. */
  readonly prefix?: string;
  /** The tools to take, by their names on the server. Default: all. */
  readonly only?: readonly string[];
  /** Default `unless-read-only`. */
  readonly approval?: McpApproval;
  readonly limits?: McpLimits;
  /** Called when the server says that its tools are others now: `refresh()` gets them. */
  onToolsChanged?(): void;
  /** Told how far a call is, where the server says so. It is not given more time for that: `limits.callMs` holds. */
  onProgress?(progress: McpProgress): void;
  /** Ends the connecting. */
  readonly signal?: AbortSignal;
}

/** The keys of `McpOptions`. */
export const mcpOptionNames: Record<keyof McpOptions, true> = {
  server: true,
  prefix: true,
  only: true,
  approval: true,
  limits: true,
  onToolsChanged: true,
  onProgress: true,
  signal: true,
};

/** The limits that hold where none are given. */
export const usualLimits: Required<McpLimits> = {
  connectMs: 30_000,
  callMs: 60_000,
  tools: 256,
  messageBytes: 4 * 1024 ** 2,
  resultLength: 100_000,
};

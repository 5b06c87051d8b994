import type { CapabilityName } from "../../src/core/capability.ts";
import type { Provider } from "../../src/core/provider.ts";
import type { EndpointOptions } from "../../src/http/endpoint.ts";
import type { RunningServer } from "../servers/index.ts";

/** What is recorded: a server, and the cases that it can show (all, or those about one capability). */
export interface Plan {
  /** Of the file. */
  readonly name: string;
  readonly about?: CapabilityName;
  readonly apiKey?: string;
  /** The model to ask, where it is not the server's own. */
  readonly model?: string;
  start(): Promise<RunningServer>;
  /** Resolves when the server generates nothing any more; rejects if that takes too long. */
  readonly idle?: (server: RunningServer) => Promise<void>;
}

/** The plans of one kind of server. */
export interface Plans {
  /** Of the folder, before the version, and of the recording. */
  readonly folder: string;
  readonly title: string;
  readonly provider: (options: EndpointOptions & { readonly baseURL: string }) => Provider;
  /** A later one says more about what it is about than an earlier one. */
  readonly plans: readonly Plan[];
}

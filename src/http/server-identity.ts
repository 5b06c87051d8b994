import type { Provider } from "../core/provider.ts";
import type { EndpointOptions } from "./endpoint.ts";

/** What a server answered to a GET that asks who it is. */
export interface ProbeReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed where it is JSON, else the text's beginning. */
  readonly body: unknown;
}

/** The replies so far, by path; a path without a reply is absent. */
export type ProbeReplies = ReadonlyMap<string, ProbeReply>;

/** Who a server is, and what gave it away. */
export interface Identification {
  /** As the server states it, where it does. */
  readonly version?: string;
  /** The replies that say so, such as `GET /api/version: 0.34.2`. */
  readonly evidence: string;
}

/** An address and a key that an environment variable names. */
export interface NamedAddress {
  /** The variable, for messages. */
  readonly variable: string;
  readonly baseURL: string;
  readonly apiKey?: string;
  /** The variable names a key and no address: this is the usual one. */
  readonly keyAlone?: true;
}

/** How one kind of server is found, and told from the others. */
export interface ServerIdentity {
  /** The provider's name. */
  readonly name: string;
  /** The server's name as people write it. */
  readonly title: string;
  /** Paths under the server's root that are asked, all at once. */
  readonly paths: readonly string[];
  /** Whether these replies are this server's; a reply of 401 may say so too. Undefined: they are not. */
  identify(replies: ProbeReplies): Identification | undefined;
  /** Where it listens on a machine that nobody has set up otherwise. */
  readonly usualURLs: readonly string[];
  /** Where the environment says that one is, in the order of the variables' rank; a key alone is for the usual address. */
  fromEnvironment(env: Readonly<Record<string, string | undefined>>): readonly NamedAddress[];
  /** One line that tells how to start it. */
  readonly howToStart: string;
  /** Makes its provider; `baseURL` is the root, without the `/v1` of the OpenAI protocol. */
  readonly provider: (options: EndpointOptions & { readonly baseURL: string }) => Provider;
}

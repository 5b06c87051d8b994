import type { Client } from "../../client/client-interface.ts";
import type { InhouseError } from "../../core/error.ts";
import type { Usage } from "../../core/result.ts";

/** What a caller may do in a minute, and at a time. An absent limit is none. */
export interface CallerLimits {
  /** Most requests that are being answered at a time. */
  readonly concurrentRequests?: number;
  /** Most requests within sixty seconds. */
  readonly requestsPerMinute?: number;
  /** Tokens within sixty seconds, prompts and answers together: a request is refused while more were used. */
  readonly tokensPerMinute?: number;
}

/** Who asks. */
export interface Caller {
  /** Its name in records, tags and limits. It is told nobody else. */
  readonly name: string;
  /** The public names of the models that it may use. Default: all. */
  readonly models?: readonly string[];
  /** Default: the gateway's `limits`. */
  readonly limits?: CallerLimits;
}

/** A key and what its owner may do. */
export interface CallerKey extends Omit<Caller, "name"> {
  readonly key: string;
}

/**
 * Who may call. Names and their keys, which are compared in constant time; or a function that says whose key it is, and
 * undefined for nobody's; or `false`: everybody who reaches the gateway, for one behind a proxy that checks.
 */
export type GatewayKeys =
  | Readonly<Record<string, string | CallerKey>>
  | ((key: string) => string | Caller | undefined | Promise<string | Caller | undefined>)
  | false;

/** A model of the client, by its name there, or one of another client. */
export type GatewayModel = string | { readonly client: Client; readonly model: string };

/** What is asked for, without a word of it. */
export interface GatewayRequest {
  /** The gateway's name for the request, sent as `x-request-id`, and the tag `gatewayRequest` of the call. */
  readonly id: string;
  /** The caller's name; absent with `keys: false`. */
  readonly caller?: string;
  /** What is asked for, as its path says: `/v1/chat/completions`. */
  readonly path: string;
  /** The public name of the model, where one was named. */
  readonly model?: string;
  /** The answer goes out as it is generated. */
  readonly stream: boolean;
}

/** What became of a request. */
export interface GatewayRecord extends GatewayRequest {
  /** The status that was sent; of a stream 200, whatever came of it. */
  readonly status: number;
  /** Answered to its end, failed (`error`), or left by its caller. */
  readonly ended: "complete" | "error" | "aborted";
  /** From the whole request to the end of the answer, in milliseconds. */
  readonly durationMs: number;
  /** The id of the client's call, where one was made and answered. */
  readonly callId?: string;
  readonly usage?: Usage;
  readonly error?: InhouseError;
}

/** Options of `gateway`. */
export interface GatewayOptions {
  readonly keys: GatewayKeys;
  /** For each caller that has none of its own. Default: none. */
  readonly limits?: CallerLimits;
  /**
   * Which models are offered: their names, or public names and what they stand for, of other clients too. Nothing else can be
   * used then. Default: whatever the client's server has.
   */
  readonly models?: readonly string[] | Readonly<Record<string, GatewayModel>>;
  /** Most bytes of a request. Default 32 MiB. */
  readonly maxBodyBytes?: number;
  /** How long a request's body may take to arrive, in milliseconds. Default 60,000. */
  readonly bodyTimeoutMs?: number;
  /** Where the paths begin, such as `/api/llm`. Default: at the root, so that the API is under `/v1`. */
  readonly basePath?: string;
  /** Origins whose pages may call from a browser, such as `https://intranet.example.com`. Default: none. */
  readonly cors?: readonly string[];
  /** Called before each call of a model; what it throws refuses it, an `InhouseError` with its own status. */
  onRequest?(request: GatewayRequest): unknown;
  /**
   * Called when a request to a model that had a right key is over, before its last byte, and waited for. What it throws is an
   * error of the request.
   */
  onEnd?(record: GatewayRecord): unknown;
}

/** The keys of `GatewayOptions`. */
export const gatewayOptionNames: Record<keyof GatewayOptions, true> = {
  keys: true,
  limits: true,
  models: true,
  maxBodyBytes: true,
  bodyTimeoutMs: true,
  basePath: true,
  cors: true,
  onRequest: true,
  onEnd: true,
};

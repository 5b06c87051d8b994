import type { EgressPolicy } from "../core/egress.ts";

/** TLS of a server inside the house. No switch turns the check of certificates off. */
export interface TlsOptions {
  /** Certificates (PEM) of the authorities to trust, in place of the public ones. */
  readonly ca?: string | Buffer | (string | Buffer)[];
  /** The client's own certificate (PEM), for servers that ask for one. */
  readonly cert?: string | Buffer;
  /** The private key of `cert` (PEM). */
  readonly key?: string | Buffer;
  /** Opens an encrypted `key`. */
  readonly passphrase?: string;
  /** Name to expect in the server's certificate, where it differs from the host in the URL. */
  readonly servername?: string;
}

/** Options of `createTransport`. */
export interface TransportOptions {
  /** What may be connected to, as `egressPolicy()` makes it. Default: whatever the caller names. */
  readonly policy?: EgressPolicy;
  readonly tls?: TlsOptions;
  /** Connect to this Unix socket, whatever host the URL names. */
  readonly socketPath?: string;
  /** Send everything through this HTTP proxy, by CONNECT. Default: none, whatever the environment says. */
  readonly proxy?: { readonly url: string; readonly headers?: Readonly<Record<string, string>> };
  /** Most bytes of reply headers. Default 65,536. */
  readonly maxHeaderBytes?: number;
  /** How long an unused connection is kept, in milliseconds. Default 3,000: servers close theirs after 5 s. */
  readonly keepAliveMs?: number;
}

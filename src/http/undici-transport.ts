import { checkOptions } from "../core/check-options.ts";
import { InhouseError } from "../core/error.ts";
import type { Transport } from "../core/transport.ts";
import { lazyTransport } from "./lazy-transport.ts";

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

const transportOptionNames = { tls: 1, socketPath: 1, proxy: 1, maxHeaderBytes: 1, keepAliveMs: 1 };
const tlsOptionNames = { ca: 1, cert: 1, key: 1, passphrase: 1, servername: 1 };

/**
 * The transport over undici's dispatch. It keeps a pool of connections for each origin, follows no redirect and reads
 * nothing from the environment; undici is loaded at the first request. Throws `invalid-request` for a wrong option.
 */
export function createTransport(options: TransportOptions = {}): Transport {
  checkTransportOptions(options);
  return lazyTransport(options);
}

function checkTransportOptions(options: TransportOptions): void {
  checkOptions("createTransport", options, transportOptionNames);
  if (options.tls) checkOptions("createTransport: tls", options.tls, tlsOptionNames);
  if (options.proxy && options.socketPath !== undefined) {
    throw new InhouseError("invalid-request", "createTransport: proxy and socketPath exclude each other.");
  }
  if (options.proxy && !/^https?:\/\//.test(options.proxy.url)) {
    throw new InhouseError("invalid-request", "createTransport: proxy.url has no scheme.", {
      hint: "Write it in full, such as http://proxy.example:3128.",
    });
  }
}

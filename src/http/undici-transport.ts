import { checkOptions } from "../core/check-options.ts";
import { InhouseError } from "../core/error.ts";
import type { Transport } from "../core/transport.ts";
import { lazyTransport } from "./lazy-transport.ts";
import type { TransportOptions } from "./transport-options.ts";

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

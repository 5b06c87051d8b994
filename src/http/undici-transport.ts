import { checkOptions } from "../core/check-options.ts";
import { InhouseError } from "../core/error.ts";
import type { Transport } from "../core/transport.ts";
import { placeOf } from "./base-url.ts";
import { lazyTransport } from "./lazy-transport.ts";
import type { TransportOptions } from "./transport-options.ts";

const transportOptionNames = { policy: 1, tls: 1, socketPath: 1, proxy: 1, maxHeaderBytes: 1, keepAliveMs: 1 };
const tlsOptionNames = { ca: 1, cert: 1, key: 1, passphrase: 1, servername: 1 };

/**
 * The transport over undici's dispatch. It keeps a pool of connections for each origin, follows no redirect and reads
 * nothing from the environment; undici is loaded at the first request. With a `policy`, every
 * connection is checked before it is opened, and what is dialled is the address that was checked. Throws `invalid-request`
 * for a wrong option, `policy` for a proxy or socket that the policy forbids.
 */
export function createTransport(options: TransportOptions = {}): Transport {
  checkTransportOptions(options);
  return lazyTransport(options);
}

function checkTransportOptions(options: TransportOptions): void {
  checkOptions("createTransport", options, transportOptionNames);
  if (options.tls) checkOptions("createTransport: tls", options.tls, tlsOptionNames);
  const { policy, proxy, socketPath } = options;
  if (proxy && socketPath !== undefined) {
    throw new InhouseError("invalid-request", "createTransport: proxy and socketPath exclude each other.");
  }
  if (proxy && !(/^https?:\/\//.test(proxy.url) && URL.canParse(proxy.url))) {
    throw new InhouseError("invalid-request", "createTransport: proxy.url is no URL with a scheme.", {
      hint: "Write it in full, such as http://proxy.example:3128.",
    });
  }
  if (policy && typeof policy.checkHost !== "function") {
    throw new InhouseError("invalid-request", "createTransport: policy is none.", {
      hint: "Make it by egressPolicy({ allow }).",
    });
  }
  if (proxy) policy?.checkHost(...placeOf(proxy.url));
  if (socketPath !== undefined) policy?.checkSocket(socketPath);
}

import type { buildConnector, Client, Pool, ProxyAgent } from "undici";

import { InhouseError } from "../core/error.ts";
import type { Transport } from "../core/transport.ts";
import { connectionPool } from "./connection-pool.ts";
import { exchange } from "./exchange.ts";
import type { TransportOptions } from "./transport-options.ts";

type Connector = buildConnector.connector;

/** Loads undici and opens a transport over it. */
export async function openTransport(options: TransportOptions): Promise<Transport> {
  const undici = await import("undici");
  const { buildConnector } = undici;
  const { policy, proxy, socketPath } = options;
  const policed = policy && (await import("./policed-connector.ts"));
  const tls = { ...options.tls, rejectUnauthorized: true }; // said, since Node's default follows an environment variable
  const clientOptions: Client.Options = {
    // No limits of undici's own: ours are set per request, and a server that reads a long prompt is silent and healthy.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: options.maxHeaderBytes ?? 65_536,
    keepAliveTimeout: options.keepAliveMs ?? 3_000,
    keepAliveMaxTimeout: options.keepAliveMs ?? 3_000,
  };

  function connectorOf(): Connector {
    if (socketPath !== undefined) {
      const connector = buildConnector({ ...tls, socketPath, timeout: 0 });
      return policed ? policed.policedSocket(policy, socketPath, connector) : connector;
    }
    return policed
      ? policed.policedConnector(policy, (lookup) => buildConnector({ ...tls, lookup, timeout: 0 }))
      : buildConnector({ ...tls, timeout: 0 });
  }

  /** How a proxy's agent opens its connections under a policy: that to the proxy, and those behind it. */
  function policedProxy(): Partial<ProxyAgent.Options> {
    if (!policed) return {};
    const connect = policed.policedConnector(policy, (lookup) => buildConnector({ ...tls, lookup }));
    return {
      clientFactory: (origin) => new undici.Pool(origin, { connect }),
      factory: (origin, agentOptions) => {
        const { connect: tunnel, ...poolOptions } = agentOptions as Pool.Options & { readonly connect: Connector };
        return new undici.Pool(origin, { ...poolOptions, connect: policed.policedTunnel(policy, tunnel) });
      },
    };
  }

  const pool = connectionPool({
    connector: connectorOf(),
    openClient: (origin, connect) => new undici.Client(origin, { ...clientOptions, connect }),
    proxy: proxy
      ? new undici.ProxyAgent({
          ...clientOptions,
          ...policedProxy(),
          uri: proxy.url,
          headers: { ...proxy.headers },
          requestTls: tls,
          proxyTls: tls,
        })
      : undefined,
  });
  return {
    send: (request) => exchange(pool, request),
    close: () => pool.close(new InhouseError("closed", "The transport was closed.")),
  };
}

import type { Client } from "undici";

import { InhouseError } from "../core/error.ts";
import type { Transport } from "../core/transport.ts";
import { connectionPool } from "./connection-pool.ts";
import { exchange } from "./exchange.ts";
import type { TransportOptions } from "./transport-options.ts";

/** Loads undici and opens a transport over it. */
export async function openTransport(options: TransportOptions): Promise<Transport> {
  const { Client, ProxyAgent, buildConnector } = await import("undici");
  const { proxy, socketPath } = options;
  const tls = { ...options.tls, rejectUnauthorized: true }; // said, since Node's default follows an environment variable
  const clientOptions: Client.Options = {
    // No limits of undici's own: ours are set per request, and a server that reads a long prompt is silent and healthy.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: options.maxHeaderBytes ?? 65_536,
    keepAliveTimeout: options.keepAliveMs ?? 3_000,
    keepAliveMaxTimeout: options.keepAliveMs ?? 3_000,
  };
  const pool = connectionPool({
    connector: buildConnector({ ...tls, ...(socketPath === undefined ? {} : { socketPath }), timeout: 0 }),
    openClient: (origin, connect) => new Client(origin, { ...clientOptions, connect }),
    proxy: proxy
      ? new ProxyAgent({
          ...clientOptions,
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

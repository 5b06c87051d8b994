import { onTestFinished } from "vitest";

import { createClient, type Client } from "../../src/client/client.ts";
import type { TransportOptions } from "../../src/http/transport-options.ts";
import { createTransport } from "../../src/http/undici-transport.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import type { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";

/** Options of `clientOf`: the transport's, and some of its own. */
export interface ClientOfOptions extends TransportOptions {
  /** Default: a llama-server's, which is asked how long a long prompt is before it gets it. */
  readonly provider?: typeof openaiCompatible;
  /** Default 1. */
  readonly maxRetries?: number;
}

/** A client of a server; closed when the test is over. */
export function clientOf(
  baseURL: string,
  { maxRetries = 1, provider = llamacpp, ...options }: ClientOfOptions = {},
): Client {
  const transport = createTransport(options);
  const model = provider === llamacpp ? {} : { model: "m" };
  const client = createClient({ provider: provider({ baseURL, transport }), ...model, maxRetries });
  onTestFinished(async () => {
    await client.close();
    await transport.close();
  });
  return client;
}

/** Sockets of this process, those that are being connected included. */
export const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;

import { createServer } from "node:http";

import { onTestFinished } from "vitest";

import type { Gateway } from "../../src/integrations/gateway/index.ts";

/** A gateway behind `node:http` on loopback, until the test is over. */
export async function servedGateway({ node }: Gateway): Promise<{ readonly origin: string; readonly port: number }> {
  const server = createServer((request, response) => void node(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { port, origin: `http://127.0.0.1:${port}` };
}

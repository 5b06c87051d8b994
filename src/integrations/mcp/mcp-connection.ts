import type { Transport as SdkTransport } from "@modelcontextprotocol/sdk/shared/transport.js";

import { checkObject, checkString, wrong } from "../../client/check.ts";
import { checkOptions } from "../../core/check-options.ts";
import type { McpSdk } from "./load-sdk.ts";
import type { McpConnection, McpEndpoint, McpLimits, McpOptions } from "./mcp-options.ts";

/** A connection to a server, not yet opened. Throws `invalid-request`, and `policy` for a server that may not be reached. */
export async function mcpConnection(
  server: McpOptions["server"],
  sdk: McpSdk,
  limits: Required<McpLimits>,
): Promise<SdkTransport> {
  if ("connection" in checkObject("server", server)) {
    checkOptions("server", server, { connection: 1 });
    const { connection } = server as McpConnection;
    if (typeof connection?.start === "function" && typeof connection.send === "function") return connection;
    throw wrong("server.connection", "expected a transport of the MCP SDK", "new StreamableHTTPClientTransport(…)");
  }
  if ("command" in server) {
    checkOptions("server", server, { command: 1, args: 1, env: 1, cwd: 1, onStderr: 1 });
    return (await import("./stdio-connection.ts")).stdioConnection(server, limits.messageBytes);
  }
  const endpoint = server as McpEndpoint;
  checkOptions("server", endpoint, { url: 1, transport: 1, client: 1, headers: 1 });
  if (!URL.canParse(checkString("server.url", endpoint.url))) throw wrong("server.url", "expected a URL");
  const url = new URL(endpoint.url);
  const transport = endpoint.transport ?? endpoint.client?.provider.transport;
  if (!transport)
    throw wrong("server.transport", "a transport is needed", "Pass createTransport({ policy }), or a client.");
  transport.checkOrigin?.(url.origin);
  const { transportFetch } = await import("./transport-fetch.ts");
  const onBroken = (error: unknown): void => {
    connection.onerror?.(error instanceof Error ? error : new Error(String(error)));
    void connection.close();
  };
  const connection = new sdk.StreamableHTTPClientTransport(url, {
    fetch: transportFetch(transport, url.origin, { maxBytes: limits.messageBytes, onBroken }),
    requestInit: { headers: { ...endpoint.headers } },
  });
  return connection;
}

import { InhouseError } from "../../core/error.ts";

/** What of the package is used. */
export type McpSdk = Awaited<ReturnType<typeof importSdk>>;

/** Loads `@modelcontextprotocol/sdk`, an optional peer, when tools are first asked for; missing, it is `unsupported`. */
export async function loadSdk(load: () => Promise<McpSdk> = importSdk): Promise<McpSdk> {
  try {
    return await load();
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw cause;
    throw new InhouseError("unsupported", "MCP needs @modelcontextprotocol/sdk, which is not installed.", {
      hint: "npm install @modelcontextprotocol/sdk",
      cause,
    });
  }
}

async function importSdk() {
  const [{ Client }, { StreamableHTTPClientTransport }, types] = await Promise.all([
    import("@modelcontextprotocol/sdk/client/index.js"),
    import("@modelcontextprotocol/sdk/client/streamableHttp.js"),
    import("@modelcontextprotocol/sdk/types.js"),
  ]);
  const { CallToolResultSchema, ListToolsResultSchema, ToolListChangedNotificationSchema } = types;
  return {
    Client,
    StreamableHTTPClientTransport,
    CallToolResultSchema,
    ListToolsResultSchema,
    ToolListChangedNotificationSchema,
  };
}

export { mcpTools, type McpTools, type SkippedTool } from "./mcp-tools.ts";
export type {
  McpApproval,
  McpCommand,
  McpConnection,
  McpEndpoint,
  McpLimits,
  McpOptions,
  McpProgress,
  McpToolAnnotations,
  McpToolInfo,
  McpTransport,
} from "./mcp-options.ts";
export type { McpMedia, McpOutput } from "./mcp-output.ts";

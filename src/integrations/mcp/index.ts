export { mcpTools, type McpTools, type SkippedTool } from "./mcp-tools.ts";
export type {
  McpApproval,
  McpCommand,
  McpEndpoint,
  McpLimits,
  McpOptions,
  McpToolAnnotations,
  McpToolInfo,
} from "./mcp-options.ts";
export type { McpMedia, McpOutput } from "./mcp-output.ts";

/** A server of the Model Context Protocol, made with its own SDK, that behaves as its argument says. */
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";

import { honestServer } from "../../support/honest-mcp-server.ts";

const [behaviour = "honest"] = process.argv.slice(2);
const info = { name: "child", version: "1.2.3" };
const inputSchema = { type: "object" as const };

function hostileServer(): McpServer {
  const server = new McpServer(info, { capabilities: { tools: {} } });
  server.server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
    const page = Number(params?.cursor ?? 0);
    switch (behaviour) {
      case "endless-list":
        return { tools: [{ name: `tool-${page}`, inputSchema }], nextCursor: String(page + 1) };
      case "endless-empty-list":
        return { tools: [], nextCursor: String(page + 1) };
      case "circle":
        return { tools: [], nextCursor: String((page + 1) % 3) };
      case "huge-list":
        return { tools: [{ name: "big", description: "x".repeat(3_000_000), inputSchema }] };
      case "silent-list":
        return new Promise<never>(() => undefined);
      case "same-names":
        return {
          tools: ["a.b", "a/b", "a b", "x".repeat(100), `${"x".repeat(100)}y`].map((name) => ({ name, inputSchema })),
        };
      case "bad-schemas":
        return {
          tools: [
            { name: "good", inputSchema },
            { name: "bad", inputSchema: { ...inputSchema, properties: { a: { $ref: "http://127.0.0.1:1/x" } } } },
          ],
        };
      default:
        return { tools: [{ name: "die", inputSchema, annotations: { readOnlyHint: true } }] };
    }
  });
  server.server.setRequestHandler(CallToolRequestSchema, () => {
    if (behaviour === "flood") {
      const piece = "x".repeat(1024 ** 2);
      const write = (): void =>
        void (process.stdout.write(piece) ? setImmediate(write) : process.stdout.once("drain", write));
      write();
      return new Promise<never>(() => undefined);
    }
    process.exit(3);
  });
  return server;
}

if (behaviour === "greeting") process.stdout.write("Server is listening!\n");
const server = behaviour === "honest" || behaviour === "greeting" ? honestServer() : hostileServer();
await server.connect(new StdioServerTransport());

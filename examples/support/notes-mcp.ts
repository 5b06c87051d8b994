/** A small MCP server for examples/mcp.ts: notes, which can be searched and deleted. */
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const notes = new Map([
  ["monday", "Dentist at nine."],
  ["friday", "Concert in Graz."],
]);
const day = z.enum(["monday", "friday"]);
const text = (said: string) => ({ content: [{ type: "text" as const, text: said }] });

const server = new McpServer({ name: "notes", version: "1.0.0" });
server.registerTool(
  "read",
  { description: "Reads the note of a day.", inputSchema: { day }, annotations: { readOnlyHint: true } },
  (asked) => text(notes.get(asked.day) ?? "Nothing."),
);
server.registerTool("delete", { description: "Deletes the note of a day.", inputSchema: { day } }, (asked) => {
  notes.delete(asked.day);
  return text("Deleted.");
});
await server.connect(new StdioServerTransport());

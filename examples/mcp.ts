/**
 * Tools of an MCP server: the model reads notes; before one is deleted, a person is asked, who says no.
 *
 *     npm install @modelcontextprotocol/sdk
 *     npx tsx examples/mcp.ts
 */
import { fileURLToPath } from "node:url";

import { createClient, isInhouseError } from "inhouse";
import { llamacpp } from "inhouse/llamacpp";
import { mcpTools } from "inhouse/mcp";

const baseURL = process.env["INHOUSE_LLAMACPP_URL"] ?? "http://127.0.0.1:8080";
await using client = createClient({ provider: llamacpp({ baseURL }) });
await using notes = await mcpTools({
  server: {
    command: process.execPath, // by its full path: the server is given no PATH, nor anything else of this environment
    args: ["--import", "tsx", fileURLToPath(new URL("support/notes-mcp.ts", import.meta.url))],
  },
  prefix: "notes_",
});
console.log(`${notes.server.name} ${notes.server.version}: ${notes.tools.map(({ name }) => name).join(", ")}`);

for (const name of ["notes_read", "notes_delete"]) {
  try {
    const run = await client.runTools({
      messages: "What about Friday?",
      tools: notes.tools,
      toolChoice: { name }, // a small model would rather talk
      maxSteps: 2,
      maxTokens: 60,
      temperature: 0,
      approve: () => ({ refused: "notes are kept" }),
    });
    for (const { name: called, content } of run.steps[0]?.outcomes ?? []) console.log(`${called}: ${content}`);
  } catch (error) {
    if (!isInhouseError(error)) throw error;
    console.log(`${error.code}: ${error.message}\n${error.hint}`);
  }
}

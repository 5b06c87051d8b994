import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { ServerNotification, ServerRequest } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";

type Steps = Pick<RequestHandlerExtra<ServerRequest, ServerNotification>, "_meta" | "sendNotification">;

/** A server with a tool for each kind of result. */
export function honestServer(): McpServer {
  const server = new McpServer({ name: "honest", version: "1.2.3" }, { instructions: "Be kind." });
  const readOnly = { annotations: { readOnlyHint: true } };
  let cancelled = 0;
  const text = (said: string) => ({ content: [{ type: "text" as const, text: said }] });

  const add = { inputSchema: { a: z.number(), b: z.number() }, description: "Adds.", ...readOnly };
  server.registerTool("add", add, ({ a, b }) => text(String(a + b)));
  server.registerTool("environment", readOnly, () => text(Object.keys(process.env).toSorted().join(",")));
  server.registerTool("delete", { annotations: { destructiveHint: true } }, () => text("deleted"));
  server.registerTool("write", { annotations: { destructiveHint: false } }, () => text("written"));
  server.registerTool("fail", readOnly, () => ({ ...text("There is no such file."), isError: true }));
  server.registerTool("picture", readOnly, () => ({
    content: [
      { type: "text", text: "A dot." },
      { type: "image", mimeType: "image/png", data: "aGVsbG8=" },
      { type: "resource_link", name: "More", uri: "file:///more.txt" },
    ],
  }));
  const weather = { ...readOnly, outputSchema: { celsius: z.number() } };
  server.registerTool("weather", weather, () => {
    const structuredContent = { celsius: 21 };
    return { ...text(JSON.stringify(structuredContent)), structuredContent };
  });
  server.registerTool("long", { ...readOnly, inputSchema: { length: z.number() } }, ({ length }) =>
    text("x".repeat(length)),
  );
  server.registerTool("hang", readOnly, async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    cancelled += 1;
    return text("too late");
  });
  const steps = async ({ _meta, sendNotification }: Steps) => {
    const progressToken = _meta?.progressToken;
    if (progressToken === undefined) return text("nobody asked");
    for (const progress of [1, 2]) {
      const params = { progressToken, progress, total: 2, message: `step ${progress}` };
      await sendNotification({ method: "notifications/progress", params });
    }
    return text("done");
  };
  server.registerTool("steps", readOnly, steps);
  server.registerTool("cancelled", readOnly, () => text(String(cancelled)));
  server.registerTool("grow", readOnly, () => {
    server.registerTool("new", readOnly, () => text("new"));
    return text("grown");
  });
  return server;
}

/**
 * A chat on Hono: the answer as plain text, for callers who want nothing else. One that fails half-way is broken off.
 *
 *     npx tsx examples/services/hono.ts
 *     curl -N localhost:3000/chat -H "content-type: application/json" -d '{"message": "Hello"}'
 */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createClient, InhouseError } from "inhouse";
import { llamacpp } from "inhouse/llamacpp";
import { respond } from "inhouse/service";

const client = createClient({
  provider: llamacpp({ baseURL: process.env["INHOUSE_LLAMACPP_URL"] ?? "http://127.0.0.1:8080" }),
  concurrency: { max: 4, maxQueued: 100 },
  timeout: { readyMs: 0 },
});

const app = new Hono();

app.post("/chat", bodyLimit({ maxSize: 65_536 }), (context) => {
  const message = async () => messageOf(await context.req.json().catch(() => undefined));
  return respond(async () => client.stream({ messages: await message(), maxTokens: 500 }), {
    format: "text",
    signal: context.req.raw.signal,
    onError: console.error,
  });
});

app.get("/ready", async (context) => context.body(null, (await isReady()) ? 200 : 503));

const server = serve({ fetch: app.fetch, port: Number(process.env["PORT"] ?? 3000), hostname: "127.0.0.1" }, (info) => {
  console.log(`listening on http://127.0.0.1:${info.port}`);
});

process.once("SIGTERM", () => {
  server.close(); // no new callers; those who are served may finish
  void client.close({ graceMs: 20_000 });
  // and then their connections are not kept
  if ("closeIdleConnections" in server) setInterval(() => server.closeIdleConnections(), 100).unref();
});

/** Whether calls are answered; a client that is being closed is not ready, nor is a server that is silent for two seconds. */
function isReady(): Promise<boolean> {
  return client.health(AbortSignal.timeout(2_000)).then(
    ({ status }) => status === "ready" || status === "busy",
    () => false,
  );
}

function messageOf(body: unknown): string {
  const { message } = (body ?? {}) as { readonly message?: unknown };
  if (typeof message === "string" && message !== "") return message;
  throw new InhouseError("invalid-request", "The body has no message.", { hint: 'Send {"message": "Hello"}.' });
}

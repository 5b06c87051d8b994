/**
 * A chat on Fastify: answers as server-sent events, a schema for what callers send, and an end that lets answers finish.
 *
 *     npx tsx examples/services/fastify.ts
 *     curl -N localhost:3000/chat -H "content-type: application/json" -d '{"message": "Hello"}'
 */
import { fastify } from "fastify";
import { createClient } from "inhouse";
import { llamacpp } from "inhouse/llamacpp";
import { respondTo } from "inhouse/service";

const client = createClient({
  provider: llamacpp({ baseURL: process.env["INHOUSE_LLAMACPP_URL"] ?? "http://127.0.0.1:8080" }),
  concurrency: { max: 4, maxQueued: 100 },
  timeout: { readyMs: 0 },
});

const app = fastify({ bodyLimit: 65_536 });
const message = { type: "string", minLength: 1 };
const body = { type: "object", required: ["message"], properties: { message } };

app.post<{ Body: { message: string } }>("/chat", { schema: { body } }, async (request, reply) => {
  reply.hijack(); // from here on the answer is not Fastify's
  const start = () => client.stream({ messages: request.body.message, maxTokens: 500 });
  await respondTo(reply.raw, start, { onError: console.error });
});

app.get("/ready", async (_, reply) => reply.code((await isReady()) ? 200 : 503).send());

process.once("SIGTERM", () => {
  void app.close(); // no new callers; those who are served may finish
  void client.close({ graceMs: 20_000 });
  setInterval(() => app.server.closeIdleConnections(), 100).unref(); // and then their connections are not kept
});

console.log(`listening on ${await app.listen({ port: Number(process.env["PORT"] ?? 3000), host: "127.0.0.1" })}`);

/** Whether calls are answered; a client that is being closed is not ready, nor is a server that is silent for two seconds. */
function isReady(): Promise<boolean> {
  return client.health(AbortSignal.timeout(2_000)).then(
    ({ status }) => status === "ready" || status === "busy",
    () => false,
  );
}

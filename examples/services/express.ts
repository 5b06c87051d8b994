/**
 * A chat on Express: answers as server-sent events, which end when their caller leaves.
 *
 *     npx tsx examples/services/express.ts
 *     curl -N localhost:3000/chat -H "content-type: application/json" -d '{"message": "Hello"}'
 */
import type { AddressInfo } from "node:net";

import express from "express";
import { createClient, InhouseError } from "inhouse";
import { llamacpp } from "inhouse/llamacpp";
import { respondTo } from "inhouse/service";

// One client for the process: the connections, the queue and the budget for retries are its own.
const client = createClient({
  provider: llamacpp({ baseURL: process.env["INHOUSE_LLAMACPP_URL"] ?? "http://127.0.0.1:8080" }),
  concurrency: { max: 4, maxQueued: 100 }, // whoever comes after that hears 429
  timeout: { readyMs: 0 }, // and 503 while the model loads
});

const app = express();
app.use(express.json({ limit: "64kb" }));

app.post("/chat", (request, response) => {
  const start = () => client.stream({ messages: messageOf(request.body), maxTokens: 500 });
  return respondTo(response, start, { onError: console.error });
});

app.get("/ready", (_, response) => isReady().then((ready) => void response.sendStatus(ready ? 200 : 503)));

const server = app.listen(Number(process.env["PORT"] ?? 3000), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

process.once("SIGTERM", () => {
  server.close(); // no new callers; those who are served may finish
  void client.close({ graceMs: 20_000 });
  setInterval(() => server.closeIdleConnections(), 100).unref(); // and then their connections are not kept
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

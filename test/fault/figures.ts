import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

import { createClient, type Client } from "../../src/client/client.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { chatReply, chatStream, delta, event } from "../support/wire.ts";

/** A client of a server that answers by this function, and how many requests came; both are closed at the end. */
async function against<Value>(
  answer: (response: ServerResponse, incoming: IncomingMessage) => unknown,
  measure: (client: Client, requests: () => number) => Promise<Value>,
): Promise<Value> {
  let requests = 0;
  const server = createServer((incoming, response) => {
    requests += 1;
    response.on("error", () => undefined);
    incoming.resume().once("end", () => answer(response, incoming));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const client = createClient({ provider: openaiCompatible({ baseURL: `http://127.0.0.1:${port}` }), model: "m" });
  try {
    return await measure(client, () => requests);
  } finally {
    await client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function inTurns(count: number, parallel: number, work: () => Promise<unknown>): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}

/** Milliseconds from a break, or an abort, to the close of the connection as the server sees it, in order. */
export function closeTimes(how: "break" | "abort", count: number): Promise<readonly number[]> {
  let seen: (at: number) => void = () => undefined;
  const answer = (response: ServerResponse): void => {
    response.once("close", () => seen(performance.now()));
    response.writeHead(200, { "content-type": "text/event-stream" }).write(event(delta("a")));
  };
  return against(answer, async (client) => {
    const times: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const closed = new Promise<number>((resolve) => (seen = resolve));
      const controller = new AbortController();
      let leftAt = 0;
      const left = (async () => {
        for await (const _ of client.stream({ messages: "Hi", signal: controller.signal }).text) {
          leftAt = performance.now();
          if (how === "break") break;
          controller.abort();
        }
      })();
      await left.catch(() => undefined); // the abort that it was asked for
      times.push((await closed) - leftAt);
    }
    return times.toSorted((a, b) => a - b);
  });
}

/** Requests for each call while the server answers 503, with the calls all at once. */
export function requestsWhileDown(calls: number): Promise<number> {
  return against(
    (response) => response.writeHead(503).end(),
    async (client, requests) => {
      await inTurns(calls, calls, () => client.chat({ messages: "Hi" }).catch(() => undefined)); // each of them fails
      return requests() / calls;
    },
  );
}

/** Calls in a second, 32 at a time, the server in the same process: whole answers, or streams of five tokens. */
export function heldPerSecond(kind: "calls" | "streams", count: number): Promise<number> {
  const body = kind === "calls" ? chatReply("well") : chatStream("a", "b", "c", "d", "e");
  const type = kind === "calls" ? "application/json" : "text/event-stream";
  return against(
    (response) => response.writeHead(200, { "content-type": type }).end(body),
    async (client) => {
      const one = () => (kind === "calls" ? client.chat({ messages: "Hi" }) : client.stream({ messages: "Hi" }).result);
      await inTurns(Math.ceil(count / 5), 32, one);
      const startedAt = performance.now();
      await inTurns(count, 32, one);
      return (count / (performance.now() - startedAt)) * 1_000;
    },
  );
}

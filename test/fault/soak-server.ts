import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

import { aboutItself } from "../support/about-itself.ts";
import { chatLine, done, line, said } from "../support/ollama-wire.ts";
import type { Random } from "../support/random.ts";
import { chatReply, delta, event, finished } from "../support/wire.ts";

/** What the server does to requests for a while. */
export type Mood = "well" | "reset" | "stall" | "busy" | "cut" | "report" | "slow" | "down";

export const moods: readonly Mood[] = ["well", "reset", "stall", "busy", "cut", "report", "slow", "down"];

/** What the server said in answer to one request. */
export interface Said {
  text: string;
  /** Its end was written too. */
  whole: boolean;
}

/** A server of both protocols that breaks as it is told, and remembers what it said. */
export interface SoakServer {
  readonly origin: string;
  setMood(mood: Mood): Promise<void>;
  /** What was said in a call, once for each of its requests; it is forgotten then. */
  take(call: number): readonly Said[];
  /** When the connection of a call's last request was seen to close before its answer was whole. */
  leftAt(call: number): number | undefined;
  readonly requests: () => number;
  close(): Promise<void>;
}

/** Starts one on a free port of 127.0.0.1. */
export async function soakServer(random: Random): Promise<SoakServer> {
  const heard = new Map<number, Said[]>();
  const left = new Map<number, number>();
  const sockets = new Set<Socket>();
  let mood: Mood = "well";
  let requests = 0;

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const lines = incoming.url?.startsWith("/api/") ?? false;
    const chunks: Buffer[] = [];
    for await (const bytes of incoming) chunks.push(bytes as Buffer);
    const body = JSON.parse(String(Buffer.concat(chunks)) || "{}") as Asked;
    requests += 1;
    if (!body.messages && !body.input) return sendJson(response, aboutItself);
    if (body.input) return sendJson(response, embeddings(lines, body.input.length));
    const call = Number(/call (\d+)/.exec(body.messages?.map(({ content }) => content).join() ?? "")?.[1] ?? -1);
    const record: Said = { text: "", whole: false };
    heard.set(call, [...(heard.get(call) ?? []), record]);
    response.once("close", () => {
      if (!record.whole && heard.has(call)) left.set(call, performance.now()); // nobody asks for it once it was taken
    });
    if (mood === "busy") return void response.writeHead(503, { "retry-after-ms": "5" }).end();
    if (lines ? body.stream === false : body.stream !== true) {
      record.text = `${call}.0 `;
      record.whole = true;
      return sendJson(response, lines ? chatLine(record.text) : chatReply(record.text));
    }
    return stream(response, call, record, { lines, tools: body.tools !== undefined && body.messages?.length === 1 });
  }

  async function stream(
    response: ServerResponse,
    call: number,
    record: Said,
    { lines, tools }: { readonly lines: boolean; readonly tools: boolean },
  ): Promise<void> {
    response.setHeader("content-type", lines ? "application/x-ndjson" : "text/event-stream");
    response.flushHeaders();
    const tokens = tools ? 0 : 1 + random.int(20);
    const breaksAt = random.int(tokens + 1);
    for (let index = 0; index <= tokens; index += 1) {
      if (response.destroyed) return;
      if (index === breaksAt && (await breaks(response, lines))) return;
      if (index === tokens) break;
      const token = `${call}.${index} `;
      record.text += token; // before it is written: it may arrive before write() returns
      response.write(lines ? said(token) : event(delta(token)));
      if (mood === "slow" || random.chance(0.1)) await pause(random.int(8));
    }
    if (tools) response.write(lines ? lineCall : eventCall);
    record.whole = true;
    response.end(lines ? done() : event(finished()) + event("[DONE]"));
  }

  /** Does what the mood says; true where that was the end of the answer. */
  async function breaks(response: ServerResponse, lines: boolean): Promise<boolean> {
    if (mood === "reset") response.socket?.resetAndDestroy();
    else if (mood === "cut") response.end();
    else if (mood === "stall") await new Promise((resolve) => response.once("close", resolve));
    else if (mood === "report") {
      const error = { error: { message: "the worker broke", code: 500 } };
      response.end(lines ? line({ error: "the worker broke" }) : event(error) + event("[DONE]"));
    } else return false;
    return true;
  }

  const server: Server = createServer((incoming, response) => {
    response.on("error", () => undefined);
    answer(incoming, response).catch(() => response.destroy()); // a request that broke off
  });
  server.keepAliveTimeout = 500;
  server.on("connection", (socket: Socket) => {
    sockets.add(socket.once("close", () => sockets.delete(socket)).on("error", () => undefined));
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.resetAndDestroy(); // as a crash does
    });
  await listen(0);
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;

  return {
    origin: `http://127.0.0.1:${port}`,
    async setMood(next) {
      if (next === mood) return;
      const before = mood;
      mood = next;
      if (next === "down") await stop();
      else if (before === "down") await listen(port);
    },
    take(call) {
      const all = heard.get(call) ?? [];
      heard.delete(call);
      left.delete(call);
      return all;
    },
    leftAt: (call) => left.get(call),
    requests: () => requests,
    close: () => (mood === "down" ? Promise.resolve() : stop()),
  };
}

interface Asked {
  readonly messages?: readonly { readonly content: unknown }[];
  readonly stream?: boolean;
  readonly tools?: unknown;
  readonly input?: readonly string[];
}

const toolCall = { name: "clock", arguments: {} };
const lineCall = line({
  message: { role: "assistant", content: "", tool_calls: [{ function: toolCall }] },
  done: false,
});
const eventCall = event({
  choices: [
    { index: 0, delta: { tool_calls: [{ index: 0, id: "c1", function: { name: "clock", arguments: "{}" } }] } },
  ],
});

function embeddings(lines: boolean, count: number): string {
  const vectors = Array.from({ length: count }, (_, index) => [index, 1]);
  if (lines) return JSON.stringify({ model: "m", embeddings: vectors });
  return JSON.stringify({ model: "m", data: vectors.map((embedding, index) => ({ index, embedding })) });
}

function sendJson(response: ServerResponse, body: string): void {
  response.writeHead(200, { "content-type": "application/json" }).end(body);
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

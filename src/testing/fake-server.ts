import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** A server on loopback that plays a part. */
export interface FakeServer {
  readonly url: string;
  /** What it was asked, in order: method, path and parsed body, empty where it was no JSON. */
  readonly requests: readonly FakeRequest[];
  /** Replies that it is giving at the moment. */
  readonly running: () => number;
  /** Resolves when no reply is being given any more. */
  idle(): Promise<void>;
  /** Cuts every connection, as a crash does. */
  crash(): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A request as a fake server received it. */
export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<IncomingMessage["headers"]>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Answers one request; the reply is over when the promise is. */
export type FakeHandler = (request: FakeRequest, reply: FakeReply) => Promise<void> | void;

/** How a handler answers. */
export interface FakeReply {
  /** One JSON value; status 4xx and 5xx close the connection, as llama-server does. */
  json(value: unknown, status?: number): void;
  /** Plain text. */
  text(value: string, status?: number): void;
  /** Server-sent events, with a pause before each; stops when the client has gone. */
  events(values: readonly (string | object)[], pauseMs: number): Promise<void>;
  /** JSON values, one a line, in the same manner. */
  lines(values: readonly object[], pauseMs: number): Promise<void>;
}

/** Starts a server on a free port of 127.0.0.1; `headers` go with every reply. */
export async function fakeServer(
  handler: FakeHandler,
  headers: Readonly<Record<string, string>> = {},
): Promise<FakeServer> {
  const requests: FakeRequest[] = [];
  let running = 0;
  let waiting: (() => void)[] = [];
  const server = createServer((incoming, response) => {
    running += 1;
    response.once("close", () => {
      running -= 1;
      if (running > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    });
    response.on("error", () => undefined);
    response.setHeaders(new Map(Object.entries(headers)));
    void readRequest(incoming).then(async (request) => {
      requests.push(request);
      await handler(request, replyTo(response));
      response.end();
    });
  });
  server.keepAliveTimeout = 5_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;

  function close(): Promise<void> {
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    running: () => running,
    idle: () => (running === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    crash: () => server.closeAllConnections(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readRequest(incoming: IncomingMessage): Promise<FakeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  const isJson = text !== "" && incoming.headers["content-type"] === "application/json";
  return {
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    headers: incoming.headers,
    body: isJson ? (JSON.parse(text) as FakeRequest["body"]) : {},
  };
}

function replyTo(response: ServerResponse): FakeReply {
  async function stream(type: string, frames: readonly string[], pauseMs: number): Promise<void> {
    response.setHeader("content-type", type);
    for (const frame of frames) {
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (response.destroyed) return;
      if (!response.write(frame))
        await new Promise((resolve) => response.once("drain", resolve).once("close", resolve));
    }
  }

  return {
    json(value, status = 200) {
      response.statusCode = status;
      if (status >= 400) response.setHeader("connection", "close");
      response.setHeader("content-type", "application/json; charset=utf-8");
      response.end(JSON.stringify(value));
    },
    text(value, status = 200) {
      response.statusCode = status;
      response.setHeader("content-type", "text/plain; charset=utf-8");
      response.end(value);
    },
    events: (values, pauseMs) =>
      stream(
        "text/event-stream",
        values.map((value) => `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`),
        pauseMs,
      ),
    lines: (values, pauseMs) =>
      stream(
        "application/x-ndjson",
        values.map((value) => `${JSON.stringify(value)}\n`),
        pauseMs,
      ),
  };
}

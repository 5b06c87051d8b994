/** Serves a route handler of the fetch style on a free port of 127.0.0.1, as Next.js would. Its argument is the handler's file. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

interface Route {
  POST(request: Request): Promise<Response>;
  GET(): Promise<Response>;
}

const { POST, GET } = (await import(resolve(process.argv[2] ?? ""))) as Route;

const server = createServer((incoming, outgoing) => {
  const caller = new AbortController();
  outgoing.once("close", () => caller.abort());
  const body = incoming.method === "POST" ? { body: Readable.toWeb(incoming), duplex: "half" } : {};
  const init = { method: incoming.method, signal: caller.signal, ...body } as RequestInit;
  const request = new Request(`http://localhost${incoming.url}`, init);
  void (async () => {
    const response = await (incoming.method === "POST" ? POST(request) : GET());
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    if (!response.body) return void outgoing.end();
    await pipeline(Readable.fromWeb(response.body), outgoing).catch(() => undefined);
  })();
}).listen(0, "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.once("SIGTERM", () => {
  server.close();
  setInterval(() => server.closeIdleConnections(), 100).unref();
});

import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

/** Stands before a llama-server and has it answer every chat with as many tokens as fit, whatever was asked for. */
export async function longWinded(serverUrl: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const { method = "GET", url = "/" } = incoming;
      const upstream = request(serverUrl + url, { method, headers: { "content-type": "application/json" } });
      outgoing.once("close", () => upstream.destroy()); // what a proxy must do, so that a caller who leaves is noticed
      if (method === "POST") {
        upstream.end(JSON.stringify({ ...((await json(incoming)) as object), ignore_eos: true, max_tokens: 1_800 }));
      } else {
        upstream.end();
      }
      const [response] = (await once(upstream, "response")) as [typeof incoming];
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      await pipeline(response, outgoing);
    })().catch(() => outgoing.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

import { connect, createServer, type Socket } from "node:net";

import { onTestFinished } from "vitest";

/** A proxy on 127.0.0.1 that knows CONNECT, to addresses and, for every name, to 127.0.0.1; closed when the test is over. */
export async function connectProxy(asked: string[]): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on("error", () => undefined);
    client.once("data", (head) => {
      asked.push(head.toString("latin1"));
      const [, host = "", port = ""] = /^CONNECT (.+):(\d+) /.exec(head.toString("latin1")) ?? [];
      const target = connect(Number(port), /[a-z]/.test(host) ? "127.0.0.1" : host, () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        client.pipe(target).pipe(client);
      });
      sockets.add(target);
      target.on("error", () => undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
}

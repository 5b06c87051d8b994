import { createServer, type Socket } from "node:net";

import { replies } from "./replies.ts";
import { isServed, workloads } from "./workloads.ts";

/** Bytes of a body that is a file. */
const longBody = 1_000_000;

/**
 * A model server that costs next to nothing: raw TCP, HTTP by hand, replies serialised beforehand. The workload and the
 * number of tokens stand in the path: `/flood/10000/v1/chat/completions`, `/ndflood/10000/api/chat`. It prints its port and lives as long as its
 * standard input is open.
 */
const server = createServer({ noDelay: true }, (socket) => {
  let received: Buffer = Buffer.alloc(0);
  let uploading: { readonly head: string; left: number } | undefined; // of a long body only the length is kept
  socket.on("error", () => socket.destroy());
  socket.on("data", (bytes) => {
    if (uploading) {
      uploading.left -= bytes.length;
      if (uploading.left > 0) return;
      answer(socket, uploading.head);
      uploading = undefined;
      return;
    }
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
    const headEnd = received.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const head = received.toString("latin1", 0, headEnd);
    const bodyLength = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    const left = headEnd + 4 + bodyLength - received.length;
    if (left > 0 && bodyLength > longBody) uploading = { head, left };
    if (left > 0 && !uploading) return;
    received = Buffer.alloc(0); // a client sends its next request only after the reply
    if (!uploading) answer(socket, head);
  });
});

function answer(socket: Socket, head: string): void {
  const readAt = process.hrtime.bigint();
  const [, name, tokens] = /^POST \/(\w+)\/(\d+)\/(?:v1\/chat\/completions|api\/chat) /.exec(head) ?? [];
  const workload = workloads.find((known) => known === name);
  if (workload && isServed(workload)) replies[workload](socket, Number(tokens), readAt);
  else socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
}

server.listen(0, "127.0.0.1", 1_024, () => {
  const address = server.address();
  if (address && typeof address === "object") console.log(address.port);
});
process.stdin.resume().on("end", () => process.exit());

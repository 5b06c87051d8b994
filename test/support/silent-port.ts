import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { onTestFinished } from "vitest";

/** A server that never accepts: its process waits for ever as soon as it listens. */
const neverAccepts = `
  const server = require("node:net").createServer();
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    require("node:fs").writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

/** How many connections a kernel may take in place of the server before it answers no more. */
const mostInBacklog = 16;

/** A port that leaves a SYN unanswered; undefined where the kernel goes on to answer for the server. Free after the test. */
export async function silentPort(): Promise<number | undefined> {
  const child = spawn(process.execPath, ["-e", neverAccepts], { stdio: ["ignore", "pipe", "inherit"] });
  const fillers: Socket[] = [];
  onTestFinished(() => {
    for (const socket of fillers) socket.destroy();
    child.kill("SIGKILL");
  });
  const [port] = (await once(child.stdout, "data")) as [Buffer];
  for (let index = 0; index < mostInBacklog; index += 1) {
    const socket = connect(Number(String(port)), "127.0.0.1");
    socket.on("error", () => undefined);
    fillers.push(socket);
    const silent = new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(false));
      setTimeout(resolve, 250, true); // that nothing comes, no event tells
    });
    if (await silent) return Number(String(port));
  }
  return undefined;
}

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePort } from "./loopback.ts";

/** A Redis of the test's own, on loopback and in memory. */
export interface RunningRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the `redis-server` on `PATH`, or says why there is none. */
export async function startRedis(): Promise<RunningRedis | { readonly unavailable: string }> {
  if (spawnSync("redis-server", ["--version"]).status !== 0) {
    return { unavailable: "redis-server is not installed: npx tsx scripts/services/install.ts" };
  }
  const folder = await mkdtemp(join(tmpdir(), "inhouse-redis-"));
  const port = await freePort();
  const memoryOnly = ["--save", "", "--appendonly", "no"];
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, ...memoryOnly];
  const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  await new Promise<void>((resolve, reject) => {
    let log = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      if (log.includes("Ready to accept connections")) resolve();
    });
    child.once("close", () => reject(new Error(log)));
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      child.kill("SIGKILL"); // it has nothing to save
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

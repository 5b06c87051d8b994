import { spawn } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

import { build } from "esbuild";

import type { Outcome } from "./drive.ts";

const repository = resolve(import.meta.dirname, "..");
const dependencies = ["undici", "eventsource-parser"];

/**
 * Compiles server and worker into `folder`, so that plain node runs them: with the sources of the package, as tsup
 * compiles them, or with the built package as its users import it.
 */
export async function compile(folder: string, dist: boolean): Promise<void> {
  const external = dist ? [...dependencies, "inhouse", "inhouse/*"] : dependencies;
  await build({
    entryPoints: ["mock-server.ts", "worker.ts"].map((file) => join(import.meta.dirname, file)),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true, // what is loaded when first used stays so
    format: "esm",
    platform: "node",
    target: "node20.19",
    sourcemap: true,
    external,
    tsconfig: join(repository, "tsconfig.json"),
  });
  await mkdir(join(folder, "node_modules"));
  for (const name of dependencies) {
    await symlink(join(repository, "node_modules", name), join(folder, "node_modules", name));
  }
  if (dist) await symlink(repository, join(folder, "node_modules", "inhouse"));
}

/** A process that runs beside the measurement. */
export interface RunningServer {
  readonly port: string;
  stop(): void;
}

/** Starts the mock server; resolves when it listens. */
export function startServer(node: string, folder: string): Promise<RunningServer> {
  const server = spawn(node, [join(folder, "mock-server.mjs")], { stdio: ["pipe", "pipe", "inherit"] });
  return new Promise((done, fail) => {
    server.once("error", fail);
    server.once("exit", () => fail(new Error("The mock server ended.")));
    createInterface(server.stdout).once("line", (port) => done({ port, stop: () => server.stdin.end() }));
  });
}

/** Runs one worker; rejects with what it wrote where its figures are void. */
export function runWorker(node: string, folder: string, flags: readonly string[]): Promise<Outcome> {
  const worker = spawn(node, [join(folder, "worker.mjs"), ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  worker.stdout.on("data", (bytes) => (output += String(bytes)));
  worker.stderr.on("data", (bytes) => (errors += String(bytes)));
  return new Promise((done, fail) => {
    worker.once("error", fail);
    worker.once("close", (code) => {
      if (code === 0) done(JSON.parse(output) as Outcome);
      else fail(new Error(`${flags.join(" ")}: void\n${errors}`));
    });
  });
}

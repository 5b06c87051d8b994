import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";

import { build } from "esbuild";

import type { Outcome } from "./outcome.ts";
import { peers } from "./peers.ts";

export const repository = resolve(import.meta.dirname, "..");
const workers = ["mock-server.ts", "worker.ts", "import-worker.ts", "compare-worker.ts", "open-subject.ts"];
const dependencies = ["undici", "eventsource-parser"];
const peerPackages = peers.flatMap(({ packages }) => packages);

/** No figure needs a tenth of it; what hangs must not hold up the rest. */
const workerTimeoutMs = 180_000;

/**
 * Compiles server and workers into `folder`, so that plain node runs them: with the sources of the package in `checkout`, as
 * tsup compiles them, or with the built package as its users import it.
 */
export async function compile(folder: string, dist: boolean, checkout: string = repository): Promise<void> {
  const external = [...dependencies, ...peerPackages, ...(dist ? ["inhouse"] : [])];
  await build({
    entryPoints: workers.map((file) => join(import.meta.dirname, file)),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true, // what is loaded when first used stays so
    format: "esm",
    platform: "node",
    target: "node20.19",
    sourcemap: true,
    external: external.flatMap((name) => [name, `${name}/*`]),
    tsconfig: join(checkout, "tsconfig.json"),
  });
  const modules = join(folder, "node_modules");
  for (const name of dependencies) await link(join(repository, "node_modules", name), join(modules, name));
  for (const name of peerPackages) {
    const installed = join(import.meta.dirname, "node_modules", name);
    if (existsSync(installed)) await link(installed, join(modules, name));
  }
  if (dist) await link(repository, join(modules, "inhouse"));
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path);
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

/** Runs one worker, such as `worker.mjs`; rejects with what it wrote where its figures are void. */
export async function runWorker(node: string, program: string, flags: readonly string[]): Promise<Outcome> {
  return JSON.parse(await runProgram(node, program, flags)) as Outcome;
}

/** What a program prints; rejects with what it wrote to its standard error where it fails. */
export function runProgram(node: string, program: string, flags: readonly string[]): Promise<string> {
  const worker = spawn(node, ["--expose-gc", program, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: workerTimeoutMs,
  });
  let output = "";
  let errors = "";
  worker.stdout.on("data", (bytes) => (output += String(bytes)));
  worker.stderr.on("data", (bytes) => (errors += String(bytes)));
  return new Promise((done, fail) => {
    worker.once("error", fail);
    worker.once("close", (code, signal) => {
      if (code === 0 && output !== "") done(output);
      else if (signal) fail(new Error(`ended by ${signal} after ${workerTimeoutMs / 1_000} s at most`));
      else fail(new Error(errors || "It ended without an outcome."));
    });
  });
}

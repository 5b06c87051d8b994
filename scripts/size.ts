/**
 * Says what the built package weighs, and fails where that is over a bound.
 *
 *     npm run size
 */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build, type Plugin } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));
const dependencies = ["undici", "eventsource-parser", "@cfworker/json-schema", "zod"];

interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What it should be, and over what the script fails where that is more: machines are noisy. */
  readonly aim: number;
  readonly limit?: number;
}

/** What is loaded later is no part of the entry chunk; what the entry imports, esbuild would put into shared chunks. */
const leaveOutLazy: Plugin = {
  name: "leave-out-lazy",
  setup: ({ onResolve }) =>
    onResolve({ filter: /.*/ }, ({ path, kind }) => (kind === "dynamic-import" ? { path, external: true } : undefined)),
};

/** A program of one call, bundled from what is published, its dependencies apart; compressed, in bytes. */
async function bundle(plugins: Plugin[]): Promise<number> {
  const program = `
    import { createClient } from "inhouse";
    import { llamacpp } from "inhouse/llamacpp";
    const client = createClient({ provider: llamacpp() });
    console.log((await client.chat({ messages: "Hello" })).text);`;
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: root },
    tsconfigRaw: {}, // the paths of tsconfig.json would lead to src
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: dependencies,
    plugins,
    write: false,
    logLevel: "error",
  });
  return outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
}

/** The published code and types, source maps apart. */
function distBytes(): number {
  const files = readdirSync(`${root}dist`).filter((name) => !/\.map$|^metafile-/.test(name));
  return files.reduce((sum, name) => sum + statSync(`${root}dist/${name}`).size, 0);
}

/** What importing a file adds to the life of an empty process, in milliseconds: the difference of the medians. */
function importMs(file: string, runs = 15): number {
  const times: Record<"empty" | "full", number[]> = { empty: [], full: [] };
  for (let run = 0; run < runs; run += 1) {
    times.empty.push(processMs(""));
    times.full.push(processMs(`import ${JSON.stringify(`${root}dist/${file}`)}`));
  }
  return median(times.full) - median(times.empty);
}

function processMs(code: string): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", code], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - startedAt;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const figures: readonly Figure[] = [
  { what: "entry chunk, compressed", value: await bundle([leaveOutLazy]), unit: "bytes", aim: 15_000 },
  { what: "dist without source maps", value: distBytes(), unit: "bytes", aim: 1_500_000 },
  { what: "import of the root", value: importMs("index.js"), unit: "ms", aim: 30, limit: 60 },
];

const grouped = (value: number): string => Math.round(value).toLocaleString("en");

for (const { what, value, unit, aim, limit = aim } of figures) {
  const bound = `at most ${grouped(aim)}${limit === aim ? "" : `, fails over ${grouped(limit)}`}`;
  console.log(
    `${what.padEnd(25)} ${grouped(value).padStart(8)} ${unit}  (${bound})${value > limit ? "  TOO MUCH" : ""}`,
  );
  if (value > limit) process.exitCode = 1;
}
const all = await bundle([]);
console.log(`${"all chunks, compressed".padEnd(25)} ${grouped(all).padStart(8)} bytes`);

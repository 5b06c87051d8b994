import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build, type BuildOptions, type Plugin } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));
const dist = `${root}dist`;
const dependencies = ["undici", "eventsource-parser", "@cfworker/json-schema", "zod"];

/** A program of one call. */
const program = `
  import { createClient } from "inhouse";
  import { llamacpp } from "inhouse/llamacpp";
  const client = createClient({ provider: llamacpp() });
  console.log((await client.chat({ messages: "Hello" })).text);`;

/** What is loaded later is no part of the entry chunk; what the entry imports, esbuild would put into shared chunks. */
const leaveOutLazy: Plugin = {
  name: "leave-out-lazy",
  setup: ({ onResolve }) =>
    onResolve({ filter: /.*/ }, ({ path, kind }) => (kind === "dynamic-import" ? { path, external: true } : undefined)),
};

/** What a program of one call loads of the built package before the call, its dependencies apart; compressed, in bytes. */
export const entryChunkBytes = (): Promise<number> => programBytes([leaveOutLazy]);

/** The same with all that may be loaded later. */
export const allChunksBytes = (): Promise<number> => programBytes([]);

function programBytes(plugins: Plugin[]): Promise<number> {
  return bundleBytes({
    stdin: { contents: program, resolveDir: root },
    tsconfigRaw: {}, // the paths of tsconfig.json would lead to src
    external: dependencies,
    plugins,
  });
}

/** A minified bundle for Node, compressed, in bytes. */
export async function bundleBytes(options: BuildOptions): Promise<number> {
  const { outputFiles } = await build({
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "error",
    ...options,
    write: false,
  });
  return outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
}

/** The published code and types, source maps apart, in bytes. */
export function distBytes(): number {
  return bytesOf(readdirSync(dist).filter((name) => !/\.map$|^metafile-/.test(name)));
}

/** What of it a program that calls models may load: all but what serves its tests and its machines (`testing`, `deploy`). */
export function programFilesBytes(): number {
  const entries = readdirSync(dist).filter((name) => /^(index|llamacpp|ollama|openai-compatible|vllm)\.\w/.test(name));
  const reached = new Set(entries.filter((name) => !name.endsWith(".map")));
  for (const name of reached) {
    for (const [, file = ""] of readFileSync(`${dist}/${name}`, "utf8").matchAll(/["']\.\/([\w.-]+\.c?js)["']/g)) {
      reached.add(/\.d\.c?ts$/.test(name) ? file.replace(/js$/, "ts").replace(/(?=\.c?ts$)/, ".d") : file);
    }
  }
  return bytesOf([...reached]);
}

const bytesOf = (files: readonly string[]): number =>
  files.reduce((sum, name) => sum + statSync(`${dist}/${name}`).size, 0);

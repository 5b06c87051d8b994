/**
 * Makes `test/fixtures/langchain-standard-tests` of a checkout of langchain-ai/langchainjs: the suite that LangChain runs on its
 * own chat models, which no registry has. Types are taken away, the three parts become one file; nothing else is changed.
 *
 *     npx tsx scripts/make-langchain-standard-tests.ts PATH COMMIT
 */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const [checkout, commit] = process.argv.slice(2);
if (checkout === undefined || commit === undefined) throw new Error("Say where the checkout is, and of which commit.");

const folder = fileURLToPath(new URL("../test/fixtures/langchain-standard-tests", import.meta.url));
const { outputFiles } = await build({
  absWorkingDir: resolve(checkout), // no path of this machine in the comments
  entryPoints: ["internal/standard-tests/src/vitest.ts"],
  tsconfigRaw: {},
  bundle: true,
  write: false,
  format: "esm",
  target: "node20",
  packages: "external",
});
const header = [
  `// @langchain/standard-tests of langchain-ai/langchainjs at ${commit}, without its types. MIT, see LICENSE.`,
  "// Made by scripts/make-langchain-standard-tests.ts.",
  "",
].join("\n");

await mkdir(folder, { recursive: true });
await writeFile(join(folder, "standard-tests.js"), header + (outputFiles[0]?.text ?? ""));
await copyFile(join(checkout, "LICENSE"), join(folder, "LICENSE"));

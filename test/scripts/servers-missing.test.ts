import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";

import { prepareCompiled, prepareOllama, prepareVllm, startVllm, Unavailable } from "../../scripts/servers/index.ts";
import { requireVllmMachine } from "../../scripts/servers/vllm/vllm-machine.ts";

const folders: string[] = [];

async function folderWith(programs: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "inhouse-missing-"));
  folders.push(folder);
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return folder;
}

beforeEach(async () => {
  vi.stubEnv("INHOUSE_SERVERS_CACHE", await folderWith({}));
});
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

test("names Go where it is missing", async () => {
  vi.stubEnv("PATH", "");
  const error = await prepareOllama().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Unavailable);
  expect(error).toMatchObject({ missing: expect.stringContaining("Go 1.26 or newer") });
  expect(String(error)).toMatch(/https:\/\/go\.dev\/dl.*INHOUSE_OLLAMA_URL/s);
});

test("says which Go is too old", async () => {
  const folder = await folderWith({ go: "echo go version go1.25.9 linux/amd64" });
  vi.stubEnv("PATH", folder);
  await expect(prepareOllama()).rejects.toThrow(`${join(folder, "go")} is go version go1.25.9`);
});

test("passes over an Ollama that is too old", async () => {
  vi.stubEnv("PATH", await folderWith({ ollama: "echo ollama version is 0.33.9" }));
  await expect(prepareOllama()).rejects.toThrow("Go 1.26 or newer");
});

test("uses an Ollama on PATH that is new enough", async () => {
  const folder = await folderWith({ ollama: "echo Warning: client version is 0.34.0" });
  vi.stubEnv("PATH", folder);
  const program = join(folder, "ollama");
  expect(await prepareOllama({ models: [] })).toEqual({ program: { program, version: "0.34.0" }, models: [] });
});

test("names the compilers where they are missing", async () => {
  const { PATH = "" } = process.env;
  const python = await folderWith({ python3: `PATH=${PATH}; exec python3 "$@"` });
  vi.stubEnv("PATH", [python, await folderWith({ cc: "" })].join(delimiter));
  await expect(prepareCompiled()).rejects.toThrow(
    /Not available here: a C\+\+ compiler to compile llama.cpp with.*apt-get install gcc g\+\+.*INHOUSE_LLAMACPP_URL/s,
  );
});

test.runIf(process.platform === "linux" && process.arch === "x64")("names what vLLM lacks", async () => {
  vi.stubEnv("PATH", await folderWith({ gcc: "" }));
  await expect(prepareVllm()).rejects.toThrow(/nm, readelf, to make.*apt-get install gcc binutils.*INHOUSE_VLLM_URL/s);
  vi.stubEnv("PATH", await folderWith({ gcc: "", nm: "", readelf: "", python3: "exit 1" }));
  await expect(prepareVllm()).rejects.toThrow("Python 3.11 to 3.13");
});

test.each([
  { platform: "darwin", arch: "arm64" },
  { platform: "linux", arch: "arm64" },
])("has no vLLM for $platform $arch", async ({ platform, arch }) => {
  const actual = { platform: process.platform, arch: process.arch };
  Object.defineProperties(process, { platform: { value: platform }, arch: { value: arch } });
  try {
    await expect(requireVllmMachine()).rejects.toThrow(`vLLM for ${platform} ${arch}, only for Linux x86-64`);
  } finally {
    Object.defineProperties(process, { platform: { value: actual.platform }, arch: { value: actual.arch } });
  }
});

test("refuses the adapter with another model", async () => {
  await expect(startVllm({ model: "embedding", lora: true })).rejects.toThrow(TypeError);
});

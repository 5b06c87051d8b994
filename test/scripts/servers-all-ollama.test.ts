import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";

import { findServers, type RunningServer, startOllama } from "../../scripts/servers/index.ts";
import { isGroupAlive, until } from "../support/until.ts";
import { post } from "./post.ts";

const CLI = fileURLToPath(new URL("../../scripts/servers/cli.ts", import.meta.url));
const PREPARE_MS = 90 * 60_000;
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

let ollama: RunningServer;
beforeAll(async () => {
  const models = ["chat", "tools", "thinking", "embedding", "vision"] as const;
  ollama = await startOllama({ models, onProgress: console.error });
}, PREPARE_MS);
afterAll(() => ollama.stop());
afterEach(() => {
  vi.unstubAllEnvs();
});

/** The folder in which that Ollama keeps its models, as it tells of one. */
async function storeOf(url: string): Promise<string> {
  const { modelfile } = (await post(`${url}/api/show`, { model: "smollm2" })) as { modelfile: string };
  const [, store = ""] = /^FROM (\/.*)\/blobs\//m.exec(modelfile) ?? [];
  expect(existsSync(store)).toBe(true);
  return store;
}

test("says what it is", () => {
  expect(ollama).toMatchObject({ name: "ollama", model: "smollm2", version: expect.stringMatching(/^0\.\d+\.\d+$/) });
  expect(ollama.log()).toContain(`Listening on ${ollama.url.replace("http://", "")}`);
});

test.each([
  { model: "smollm2", capabilities: ["completion"] },
  { model: "smollm2-tools", capabilities: ["completion", "tools"] },
  { model: "smollm2-thinking", capabilities: ["completion", "thinking"] },
  { model: "smollm2-embedding", capabilities: ["embedding"] },
  { model: "smollm2-vision", capabilities: ["completion", "vision"] },
])("$model has the capabilities $capabilities", async ({ model, capabilities }) => {
  expect(await post(`${ollama.url}/api/show`, { model })).toMatchObject({ capabilities });
});

test("its models think, embed and see", async () => {
  const options = { num_predict: 8, temperature: 0 };
  const chat = async (model: string, message: object): Promise<unknown> => {
    const messages = [{ role: "user", content: "Hi", ...message }];
    return await post(`${ollama.url}/api/chat`, { model, messages, options, stream: false });
  };
  expect(await chat("smollm2-thinking", {})).toMatchObject({ message: { thinking: expect.stringMatching(/./) } });
  const [blind, seeing] = [await chat("smollm2-vision", {}), await chat("smollm2-vision", { images: [PIXEL] })];
  const tokens = (reply: unknown) => (reply as { prompt_eval_count: number }).prompt_eval_count;
  expect(tokens(seeing) - tokens(blind)).toBe(16);
  const embedding = await post(`${ollama.url}/api/embed`, { model: "smollm2-embedding", input: "a" });
  expect((embedding as { embeddings: number[][] }).embeddings[0]).toHaveLength(576);
});

test("a store of its own starts with what was asked for, and goes with the server", async () => {
  const own = await startOllama({ models: ["chat"], store: "own" });
  const store = await storeOf(own.url);
  try {
    expect(await post(`${own.url}/api/create`, { model: "other", from: "smollm2", stream: false })).toEqual({
      status: "success",
    });
    await fetch(`${own.url}/api/delete`, { method: "DELETE", body: JSON.stringify({ model: "smollm2" }) });
    const urls = [own.url, ollama.url];
    expect(await findServers({ urls, timeoutMs: 10_000 })).toMatchObject([
      { models: ["other"] },
      { models: expect.arrayContaining(["smollm2"]) },
    ]);
  } finally {
    await own.stop();
  }
  expect(existsSync(store)).toBe(false);
});

test("leaves nothing when its parent is killed", async () => {
  const args = ["--import", "tsx", CLI, "start", "ollama", "--store", "own"];
  const parent = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let told = "";
  parent.stderr.setEncoding("utf8").on("data", (text: string) => (told += text));
  const [url] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
  const pid = Number(/process (\d+)/.exec(told)?.[1]);
  await post(`${url}/api/generate`, { model: "smollm2", keep_alive: -1 });
  const store = await storeOf(url);
  parent.kill("SIGKILL");
  await until(() => !isGroupAlive(pid));
  expect(existsSync(store)).toBe(false);
});

test("takes variables, and none of the user's", async () => {
  vi.stubEnv("OLLAMA_CONTEXT_LENGTH", "512");
  await using server = await startOllama({ env: { OLLAMA_KEEP_ALIVE: "7m" } });
  await post(`${server.url}/api/generate`, { model: "smollm2" });
  const running = (await (await fetch(`${server.url}/api/ps`)).json()) as { models: { expires_at: string }[] };
  const minutes = (Date.parse(running.models[0]?.expires_at ?? "") - Date.now()) / 60_000;
  expect(minutes).toBeGreaterThan(6);
  expect(running).toMatchObject({ models: [{ context_length: 4096 }] });
});

test("is found where the variable names it, and missed where it names another", async () => {
  vi.stubEnv("INHOUSE_OLLAMA_URL", `${ollama.url}/v1`);
  const [first] = await findServers({ names: ["ollama"], timeoutMs: 10_000 });
  expect(first).toMatchObject({ name: "ollama", url: ollama.url, version: ollama.version });
  vi.stubEnv("INHOUSE_VLLM_URL", ollama.url);
  await expect(findServers({ timeoutMs: 10_000 })).rejects.toThrow("a vLLM at INHOUSE_VLLM_URL=");
});

test("a start that fails says why", async () => {
  const occupied = ollama.url.replace("http://", "");
  const start = startOllama({ env: { OLLAMA_HOST: occupied } });
  await expect(start).rejects.toThrow(/^ollama ended before it was ready \(exit code 1\): listen tcp .* in use/);
});

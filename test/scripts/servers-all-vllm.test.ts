import { spawn } from "node:child_process";
import { once } from "node:events";
import { openAsBlob } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";

import { findServers, prepareVllm, startVllm } from "../../scripts/servers/index.ts";
import { createClient, type MediaPartInput } from "../../src/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { failureOf } from "../support/loopback.ts";
import { isGroupAlive, until } from "../support/until.ts";
import { post } from "./post.ts";

const CLI = fileURLToPath(new URL("../../scripts/servers/cli.ts", import.meta.url));
const PREPARE_MS = 30 * 60_000;
const START_MS = 6 * 60_000;
const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

beforeAll(async () => {
  await prepareVllm({ lora: true, onProgress: console.error });
  await prepareVllm({ model: "embedding", onProgress: console.error });
  await prepareVllm({ model: "vision", onProgress: console.error });
}, PREPARE_MS);

const temporary = await mkdtemp(join(tmpdir(), "inhouse-"));
afterAll(() => rm(temporary, { recursive: true }));

/** Temporary folders of vLLMs, and shared memory that no process has any more: other vLLMs may run beside it. */
async function traces(folder: string): Promise<string[]> {
  const shared = (await readdir("/dev/shm")).filter((name) => name.startsWith("psm_"));
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const maps = await Promise.all(processes.map((pid) => readFile(`/proc/${pid}/maps`, "utf8").catch(() => "")));
  const orphans = shared.filter((name) => !maps.some((map) => map.includes(name)));
  const folders = (await readdir(folder)).filter((name) => name.startsWith("inhouse-vllm-"));
  return [...orphans, ...folders].toSorted();
}

/** The client's way to the same: each form of a picture costs the same, a probe finds the eyes, and sound is refused. */
async function showsPictures(baseURL: string, blindTokens: number): Promise<void> {
  await using client = createClient({ provider: vllm({ baseURL }), model: "llava", media: { paths: true } });
  const path = fileURLToPath(new URL("../fixtures/media/corners.png", import.meta.url));
  const tokensWith = async (...parts: readonly MediaPartInput[]): Promise<number> => {
    const content = [...parts, { type: "text", text: "Hi" } as const];
    const { usage } = await client.chat({ messages: [{ role: "user", content }], maxTokens: 2 });
    return (usage?.inputTokens ?? 0) - blindTokens;
  };
  for (const source of [{ data: await readFile(path) }, { data: await openAsBlob(path) }, { path }]) {
    expect(await tokensWith({ type: "image", ...source })).toBe(16);
  }
  const { capabilities } = (await client.probe()).model;
  expect([capabilities.image.supported, capabilities.audio.supported]).toEqual(["yes", "no"]);
  const sound = fileURLToPath(new URL("../fixtures/media/spoken.wav", import.meta.url));
  const deaf = await failureOf(tokensWith({ type: "audio", path: sound }));
  expect(deaf).toMatchObject({ code: "unsupported" });
}

describe("the one that chats, which the tests of this project share", () => {
  const shared = inject("vllm");
  const { url, apiKey } = "unavailable" in shared ? { url: "", apiKey: "" } : shared;
  const headers = { authorization: `Bearer ${apiKey}` };

  test("asks for its key, and serves the model and its adapter", async () => {
    expect((await fetch(`${url}/v1/models`)).status).toBe(401);
    const [found] = await findServers({ urls: [url], apiKey, timeoutMs: 10_000 });
    expect(found).toEqual({ name: "vllm", url, version: "0.32.0", models: ["smollm2", "smollm2-lora"] });
  });

  test("calls tools", { timeout: 60_000 }, async () => {
    const parameters = { type: "object", properties: { city: { enum: ["Paris", "Oslo"] } }, required: ["city"] };
    const reply = await post(
      `${url}/v1/chat/completions`,
      {
        model: "smollm2",
        messages: [{ role: "user", content: "What is the weather in Paris?" }],
        tools: [{ type: "function", function: { name: "get_weather", strict: true, parameters } }],
        tool_choice: "required",
        max_tokens: 60,
        temperature: 0,
      },
      headers,
    );
    expect(reply).toMatchObject({
      choices: [{ finish_reason: "tool_calls", message: { tool_calls: [{ function: { name: "get_weather" } }] } }],
    });
  });

  test("the adapter changes what the model finds likely", { timeout: 120_000 }, async () => {
    const ask = async (model: string): Promise<number> => {
      const body = { model, prompt: "The capital of France is", max_tokens: 1, temperature: 0, logprobs: 1 };
      const reply = await post(`${url}/v1/completions`, body, headers);
      return (reply as { choices: [{ logprobs: { token_logprobs: [number] } }] }).choices[0].logprobs.token_logprobs[0];
    };
    expect(Math.abs((await ask("smollm2")) - (await ask("smollm2-lora")))).toBeGreaterThan(0.01);
  });

  test("is open to developers", async () => {
    expect(await (await fetch(`${url}/server_info?config_format=json`)).json()).toMatchObject({
      vllm_config: { model_config: { dtype: "torch.float32", max_model_len: 2048 } },
    });
  });
});

/** A vLLM as its command line starts it, in a temporary folder of its own. */
async function startByCli(...options: readonly string[]) {
  const folder = await mkdtemp(join(temporary, "cli-"));
  const before = await traces(folder);
  const parent = spawn(process.execPath, ["--import", "tsx", CLI, "start", "vllm", ...options], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TMPDIR: folder },
  });
  let told = "";
  parent.stderr.setEncoding("utf8").on("data", (words: string) => (told += words));
  return {
    parent,
    folder,
    before,
    url: async () => ((await once(createInterface({ input: parent.stdout }), "line")) as [string])[0],
    pid: () => Number(/process (\d+)/.exec(told)?.[1]),
  };
}

/** The process group of a vLLM that a parent started, once its engine is there. */
async function groupWithEngine(parent: number | undefined): Promise<number | undefined> {
  const child = spawn("ps", ["-eo", "pid=,ppid=,pgid=,comm="], { stdio: ["ignore", "pipe", "inherit"] });
  const rows = (await text(child.stdout)).split("\n").map((row) => row.trim().split(/ +/));
  const groups = rows.filter(([, ppid]) => Number(ppid) === parent).map(([pid]) => pid);
  const engine = rows.find(([, , group, name]) => groups.includes(group) && name?.startsWith("VLLM::Engine"));
  return engine && Number(engine[2]);
}

test(
  "sees with Llava: 16 tokens a picture, and leaves nothing when its parent is killed while a stream is open",
  { timeout: START_MS },
  async () => {
    const { parent, folder, before, ...told } = await startByCli("--model", "vision");
    const url = await told.url();
    const tokens = async (pictures: readonly string[]): Promise<number> => {
      const images = pictures.map((picture) => ({ type: "image_url", image_url: { url: picture } }));
      const messages = [{ role: "user", content: [...images, { type: "text", text: "Hi" }] }];
      const reply = await post(`${url}/v1/chat/completions`, { model: "llava", messages, max_tokens: 2 });
      return (reply as { usage: { prompt_tokens: number } }).usage.prompt_tokens;
    };
    expect((await tokens([PIXEL])) - (await tokens([]))).toBe(16);
    await showsPictures(url, await tokens([]));

    const body = { model: "llava", prompt: "Once", max_tokens: 1500, ignore_eos: true, stream: true };
    const open = await fetch(`${url}/v1/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const reader = open.body?.getReader();
    await reader?.read();
    const begin = performance.now();
    parent.kill("SIGKILL");
    await until(() => !isGroupAlive(told.pid()));
    expect(performance.now() - begin).toBeLessThan(18_000);
    await reader?.cancel().catch(() => {});
    expect(await traces(folder)).toEqual(before);
  },
);

test("a start that is interrupted ends, and leaves no process and no folder", { timeout: START_MS }, async () => {
  const { parent, folder } = await startByCli("--model", "embedding");
  let group: number | undefined;
  await until(async () => (group = await groupWithEngine(parent.pid)) !== undefined, START_MS);
  parent.kill("SIGTERM");
  await once(parent, "exit");
  expect(isGroupAlive(group)).toBe(false);
  expect((await readdir(folder)).filter((name) => name.startsWith("inhouse-vllm-"))).toEqual([]);
});

test("a start that fails says why", { timeout: START_MS }, async () => {
  const start = startVllm({ args: ["--no-such-flag"] });
  await expect(start).rejects.toThrow(/^vllm ended before it was ready \(exit code 2\): .*unrecognized arguments/);
});

import { copyFile, mkdtemp, readdir, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";

import { prepareCompiled, prepareLlamaServer, prepareOllama } from "../../scripts/servers/index.ts";
import { launch, plan, type LaunchedServer, type LaunchOptions, type Plan } from "../../src/deploy.ts";
import { runProgram } from "../../src/deploy/launch/run-program.ts";
import { createClient } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import type { LaunchOutcome, RealLaunch } from "../support/launch-real-child.ts";
import { failureOf } from "../support/loopback.ts";
import { isGroupAlive, until } from "../support/until.ts";

const child = fileURLToPath(new URL("../support/launch-real-child.ts", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "inhouse-launch.test-"));
afterAll(() => rm(folder, { recursive: true }));

let model: string;
let programs: Readonly<Record<string, string>>;
beforeAll(async () => {
  const compiled = await prepareCompiled({ onProgress: console.error });
  ({ model } = await prepareLlamaServer({ onProgress: console.error }));
  const { program } = await prepareOllama({ onProgress: console.error });
  programs = { "llama-server": compiled.llamaServer, ollama: program.program };
}, 30 * 60_000);

const planFor = (engine: string): Promise<Plan> => plan({ model, engine, context: 512, parallel: 1, port: 0 });

/** Launches with the programs of these tests; what is left at the test's end is killed. */
async function launchHere(planned: Plan, options: LaunchOptions = {}): Promise<LaunchedServer> {
  const modelStore = join(folder, "store");
  const server = await launch(planned, { programs, modelStore, ...options });
  onTestFinished(() => server.kill());
  return server;
}

const commandLine = (pid: number): Promise<string> =>
  readFile(`/proc/${pid}/cmdline`, "utf8").then((line) => line.replaceAll("\0", " "));
const variables = async (pid: number): Promise<readonly string[]> =>
  (await readFile(`/proc/${pid}/environ`, "utf8")).split("\0");

describe("llama-server", () => {
  test("from a plan to an answer, with a key, cut off from the world, and nothing is left of it", async () => {
    const env = { ...process.env, LLAMA_ARG_CTX_SIZE: "64", HTTPS_PROXY: "http://proxy.invalid" };
    const server = await launchHere(await planFor("llamacpp"), { apiKey: "generate", env });
    const { url: baseURL, apiKey = "", pid } = server;
    expect(server).toMatchObject({ engine: "llamacpp", version: expect.stringMatching(/^b\d+$/) });
    const line = await commandLine(pid);
    expect(line).toContain(" --offline");
    expect(line).toContain(" --cors-origins localhost");
    expect(line).not.toContain(apiKey);
    expect(server.log()).not.toContain(apiKey);
    expect((await variables(pid)).filter((text) => /^(https?_proxy|LLAMA_ARG)/i.test(text))).toEqual([]);
    expect((await fetch(`${baseURL}/props`)).status).toBe(401);
    const foreign = await fetch(`${baseURL}/health`, { headers: { origin: "https://example.com" } });
    expect(foreign.headers.get("access-control-allow-origin") ?? "").not.toContain("example.com");

    await using client = createClient({ provider: llamacpp({ baseURL, apiKey }), model: server.model });
    const { usage, model: answering } = await client.chat({
      messages: [{ role: "user", content: "Hi" }],
      maxTokens: 4,
    });
    expect(usage?.outputTokens).toBeGreaterThan(0);
    expect(answering).toBe(server.model);

    await server.stop();
    await until(() => !isGroupAlive(pid));
    await expect(fetch(baseURL)).rejects.toThrow("fetch failed");
  });

  test("stops within its graces while a request is open", async () => {
    const server = await launchHere(await planFor("llamacpp"));
    const body = JSON.stringify({ prompt: "Once", n_predict: 100_000, ignore_eos: true });
    const open = fetch(`${server.url}/completion`, { method: "POST", body }).then(
      (response) => response.text(),
      () => "cut",
    );
    await until(async () => (await (await fetch(`${server.url}/slots`)).text()).includes('"is_processing":true'));
    const started = performance.now();
    await server.stop();
    expect(performance.now() - started).toBeLessThan(8_000);
    expect(await open).toBe("cut");
  });

  test("is back on its port after it was killed", async () => {
    const server = await launchHere(await planFor("llamacpp"), { restarts: { most: 1, withinMs: 600_000 } });
    const { pid, url } = server;
    process.kill(pid, "SIGKILL");
    await until(() => server.pid !== pid, 30_000);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    process.kill(server.pid, "SIGKILL");
    expect(await server.exited).toEqual({ code: null, signal: "SIGKILL" });
  });

  test("a model that was cut, by the server's own line", async () => {
    const planned = await planFor("llamacpp");
    const cut = join(folder, "cut.gguf");
    await copyFile(model, cut);
    await truncate(cut, 5_000_000);
    const command = planned.command.map((argument) => (argument === model ? cut : argument));
    const failure = await failureOf(launchHere({ ...planned, command }));
    expect(failure).toMatchObject({ code: "server", hint: expect.stringContaining("fetch it again") });
    expect(failure.message).toMatch(/exit code 1\).*data is not within the file bounds, model is corrupted/);
    await rm(cut);
    const missing = await failureOf(launchHere({ ...planned, command }));
    expect(missing).toMatchObject({ code: "not-found", message: expect.stringContaining(cut) });
  });

  test("a port that is taken is named before anything is loaded", async () => {
    const server = await launchHere(await planFor("llamacpp"));
    const port = Number(new URL(server.url).port);
    const failure = await failureOf(launchHere(await planFor("llamacpp"), { port }));
    expect(failure).toMatchObject({ code: "invalid-request", message: expect.stringContaining(`port ${port}`) });
  });
});

describe("Ollama", () => {
  test("from a plan to an answer: the model is brought into a store of its own, and the user's is not touched", async () => {
    const home = await mkdtemp(join(folder, "home-"));
    const env = { ...process.env, HOME: home, OLLAMA_CONTEXT_LENGTH: "64", OLLAMA_HOST: "127.0.0.1:1" };
    const tasks = new Set<string>();
    const server = await launchHere(await planFor("ollama"), { env, onProgress: ({ task }) => tasks.add(task) });
    const { url: baseURL, pid } = server;
    expect(server).toMatchObject({ engine: "ollama", version: expect.stringMatching(/^0\.\d+\.\d+/) });
    expect(await variables(pid)).toEqual(
      expect.arrayContaining([
        "OLLAMA_NO_CLOUD=1",
        "OLLAMA_CONTEXT_LENGTH=512",
        `OLLAMA_MODELS=${join(folder, "store")}`,
      ]),
    );
    expect([...tasks]).toEqual(expect.arrayContaining(["writing manifest", `loading ${server.model}`]));

    const provider = ollama({ baseURL });
    expect(await provider.running()).toMatchObject([{ model: `${server.model}:latest`, contextLength: 512 }]);
    await using client = createClient({ provider, model: server.model });
    expect(
      (await client.chat({ messages: [{ role: "user", content: "Hi" }], maxTokens: 4 })).usage?.outputTokens,
    ).toBeGreaterThan(0);

    await server.stop();
    await until(() => !isGroupAlive(pid));
    expect(await readdir(home)).toEqual([]);
    expect(await readdir(join(folder, "store"))).toContain("blobs");
  });

  test("knows no keys: beyond this machine it is refused, unless the caller means it", async () => {
    const planned = await plan({ model, engine: "ollama", context: 512, address: "0.0.0.0", port: 0 });
    const failure = await failureOf(launchHere(planned));
    expect(failure).toMatchObject({ code: "unsupported", hint: expect.stringContaining("withoutKey") });
    const server = await launchHere(planned, { withoutKey: true });
    expect((await fetch(`${server.url}/api/version`)).status).toBe(200);
    expect(server.log()).toMatch(/Listening on (\[::\]|0\.0\.0\.0):/);
  });

  test("a published model that is not in the store is not fetched from outside", async () => {
    const planned = await planFor("ollama");
    const published = { ...planned, prepare: [], afterwards: ["ollama pull hf.co/a/b:Q4_K_M"] };
    const failure = await failureOf(launchHere(published));
    expect(failure).toMatchObject({ code: "not-found", message: expect.stringContaining("hf.co/a/b:Q4_K_M") });
    expect(failure.hint).toContain("offline: false");
  });
});

/** Runs a launch in a system of its own, which `before` prepares, or says why there is none here. */
async function launchApart(flags: string, before: string, launched: RealLaunch): Promise<LaunchOutcome | string> {
  const { env } = process;
  const { code } = await runProgram("unshare", [flags, "sh", "-c", before], { env });
  if (code !== 0) return `unshare ${flags} is not allowed here`;
  const started = `${before} && exec "$0" --import tsx "$@"`;
  const args = [flags, "sh", "-c", started, process.execPath, child, JSON.stringify(launched)];
  const { output } = await runProgram("unshare", args, { env });
  return JSON.parse(output.trim().split("\n").at(-1) ?? "") as LaunchOutcome;
}

describe("where nothing but loopback is", () => {
  test.for(["llamacpp", "ollama"])("%s is launched and answers", async (engine, { skip }) => {
    const options = { programs, modelStore: join(folder, "store") };
    const outcome = await launchApart("-rn", "ip link set lo up", { engine, model, options });
    if (typeof outcome === "string") return skip(outcome);
    expect(outcome).toMatchObject({ tokens: expect.any(Number) });
    expect(JSON.stringify(outcome)).not.toMatch(/dial tcp|lookup|no such host|Could not resolve/);
  });
});

test("a full disk while Ollama imports", async ({ skip }) => {
  const small = await mkdtemp(join(folder, "small-"));
  const options = { programs, modelStore: join(small, "store") };
  const before = `mount -t tmpfs -o size=20m none ${small}`;
  const outcome = await launchApart("-rm", before, { engine: "ollama", model, options });
  if (typeof outcome === "string") return skip(outcome);
  expect(outcome).toMatchObject({ code: "server", message: expect.stringContaining("no space left") });
  expect(outcome).toMatchObject({ hint: expect.stringContaining("modelStore") });
});

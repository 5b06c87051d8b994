import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, expect, onTestFinished, test } from "vitest";

import type { WorkProgress } from "../../../src/deploy.ts";
import { fakePlan } from "../../support/fake-engine.ts";
import { launchFake, launchFolders, ownTemporaryFolder } from "../../support/launch-fake.ts";
import { failureOf } from "../../support/loopback.ts";

const folder = await mkdtemp(join(tmpdir(), "inhouse-launch.test-"));
afterAll(() => rm(folder, { recursive: true }));

ownTemporaryFolder();

interface Told {
  readonly env: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
}

const ask = async (url: string): Promise<Told> => (await (await fetch(url)).json()) as Told;

test("a plan becomes a server that answers", async () => {
  const progress: WorkProgress[] = [];
  const server = await launchFake(fakePlan("--ready-ms", "300"), { onProgress: (told) => progress.push(told) });
  expect(server).toMatchObject({ engine: "fake", model: "fake-model", version: "1.2.3", pid: expect.any(Number) });
  expect(server.apiKey).toBeUndefined();
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
  expect((await ask(server.url)).env).toMatchObject({ PLANNED: "yes" });
  expect(server.log()).toContain("I loaded 1 of 2");
  expect(progress[0]).toEqual({ task: "starting fake-server", done: 0, unit: "seconds" });
  expect(progress).toContainEqual({ task: "loading", done: 1, total: 2 });
});

test("neither the caller's options for such servers nor a proxy reach it, other variables do", async () => {
  const env = {
    PATH: process.env["PATH"],
    FAKE_PORT: "1",
    HTTPS_PROXY: "http://proxy",
    no_proxy: "x",
    CUDA_VISIBLE_DEVICES: "3",
  };
  const closed = await launchFake(fakePlan(), { env });
  const names = Object.keys((await ask(closed.url)).env);
  expect(names).toContain("CUDA_VISIBLE_DEVICES");
  expect(names.filter((name) => /proxy|FAKE_PORT/i.test(name))).toEqual([]);
  const open = await launchFake(fakePlan(), { env, offline: false });
  expect((await ask(open.url)).env).toMatchObject({ HTTPS_PROXY: "http://proxy", no_proxy: "x" });
});

test("a key travels in the environment, and stands in no list of processes and no log", async () => {
  const logFile = join(folder, "key.log");
  const server = await launchFake(fakePlan(), { apiKey: "generate", logFile });
  expect(server.apiKey).toMatch(/^[\w-]{43}$/);
  const { env, argv } = await ask(server.url);
  expect(env["FAKE_KEY"]).toBe(server.apiKey);
  expect(argv.join(" ")).not.toContain(server.apiKey);
  if (process.platform === "linux") {
    expect(readFileSync(`/proc/${server.pid}/cmdline`, "utf8")).not.toContain(server.apiKey);
  }
  await server.stop();
  expect(server.log()).toContain("starting with the key …");
  expect(readFileSync(logFile, "utf8")).toContain("starting with the key …\n");
  expect(statSync(logFile).mode & 0o777).toBe(0o600);
});

test("a server that others reach has a key, or says that it has none", async () => {
  const plan = fakePlan("--host", "0.0.0.0");
  const server = await launchFake(plan);
  expect(server.apiKey).toHaveLength(43);
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
  expect((await launchFake(plan, { withoutKey: true })).apiKey).toBeUndefined();
  const keyless = await failureOf(launchFake(plan, {}, { takesKey: false }));
  expect(keyless).toMatchObject({ code: "unsupported", message: expect.stringContaining("0.0.0.0") });
  expect(keyless.hint).toContain("withoutKey: true");
  expect(await failureOf(launchFake(fakePlan(), { apiKey: "x" }, { takesKey: false }))).toMatchObject({
    code: "unsupported",
  });
  await launchFake(plan, { withoutKey: true }, { takesKey: false });
});

test.each(["", "two words", "a,b", "schlüssel"])("refuses the key %j", async (apiKey) => {
  expect(await failureOf(launchFake(fakePlan(), { apiKey }))).toMatchObject({ code: "invalid-request" });
});

test("a port that is taken is named, with the way out", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const failure = await failureOf(launchFake(fakePlan(), { port }));
  expect(failure).toMatchObject({ code: "invalid-request", message: expect.stringContaining(`port ${port} of 127`) });
  expect(failure.hint).toContain("{ port: 0 }");
  // An address that is not of this machine.
  const elsewhere = await failureOf(launchFake(fakePlan("--host", "192.0.2.1"), { port: 4567, apiKey: "k" }));
  expect(elsewhere).toMatchObject({ code: "invalid-request", message: expect.stringContaining("192.0.2.1") });
});

test("for a server that cannot take any port, a free one is looked for", async () => {
  const server = await launchFake(fakePlan(), { port: 0 }, { takesAnyPort: false });
  const { argv } = await ask(server.url);
  expect(argv.at(argv.indexOf("--port") + 1)).toBe(new URL(server.url).port);
});

test("one that dies while loading says its first error, its exit code and what to do, and keeps the log", async () => {
  const logFile = join(folder, "dies.log");
  const failure = await failureOf(launchFake(fakePlan("--dies"), { logFile }));
  expect(failure).toMatchObject({
    code: "server",
    message: "fake-server ended before it was ready (exit code 3): the file is cut: 5 of 9 bytes",
    hint: "Fetch the file again.",
    retryable: false,
  });
  expect((failure.cause as Error).message).toContain("E giving up");
  expect(readFileSync(logFile, "utf8")).toContain("E giving up\n");
  expect(launchFolders()).toEqual([]);
});

test("a program, a model or a folder for the log that is not there", async () => {
  const env = { PATH: folder };
  const missing = await failureOf(launchFake(fakePlan(), { env, programs: {} }));
  expect(missing).toMatchObject({ code: "not-found", hint: "Install the fake server." });
  const wrong = await failureOf(launchFake(fakePlan(), { programs: { "fake-server": "/nowhere/fake" } }));
  expect(wrong).toMatchObject({ code: "not-found", message: expect.stringContaining("/nowhere/fake") });
  const plan = { ...fakePlan(), prepare: ["make-model /nowhere/x.gguf"] };
  const unprepared = await failureOf(launchFake(plan, {}, { needs: () => ["/nowhere/x.gguf"] }));
  expect(unprepared).toMatchObject({ code: "not-found", message: expect.stringContaining("/nowhere/x.gguf") });
  expect(unprepared.hint).toContain("make-model /nowhere/x.gguf");
  const unlogged = await failureOf(launchFake(fakePlan(), { logFile: "/nowhere/x.log" }));
  expect(unlogged).toMatchObject({ code: "invalid-request", message: expect.stringContaining("logFile") });
});

test("what is not launched here", async () => {
  const { layout, ...plan } = fakePlan();
  const several = await failureOf(launchFake({ ...plan, layout: { ...layout, machines: 2 } }));
  expect(several).toMatchObject({ code: "unsupported", message: expect.stringContaining("2 machines") });
  const unknown = await failureOf(launchFake({ ...fakePlan(), engine: "other" }));
  expect(unknown).toMatchObject({ code: "unsupported", hint: expect.stringContaining("fake") });
  const misspelt = { readyMS: 5 } as object;
  expect(await failureOf(launchFake(fakePlan(), misspelt))).toMatchObject({
    code: "invalid-request",
    hint: 'Did you mean "readyMs"?',
  });
});

test.each([{ port: 65_536 }, { port: 0.5 }, { readyMs: -1 }, { restarts: { most: Number.NaN, withinMs: 1 } }])(
  "refuses %j",
  async (options) => {
    expect(await failureOf(launchFake(fakePlan(), options))).toMatchObject({ code: "invalid-request" });
  },
);

test("one that is not ready in time is ended", async () => {
  const failure = await failureOf(launchFake(fakePlan("--silent"), { readyMs: 1_000 }));
  expect(failure).toMatchObject({ code: "timeout", phase: "total" });
  expect(failure.message).toMatch(/^fake-server was not ready within 1000 ms/);
  expect(launchFolders()).toEqual([]);
});

test("a model is brought in before the server counts as ready, and what fails there is the launch's failure", async () => {
  const installed: string[] = [];
  const server = await launchFake(
    fakePlan(),
    { apiKey: "secret" },
    {
      async install(plan, { url, apiKey, onProgress }) {
        onProgress({ task: "bringing it in" });
        installed.push(plan.engine, apiKey ?? "", (await fetch(url)).statusText);
      },
    },
  );
  expect(installed).toEqual(["fake", "secret", "OK"]);
  await server.stop();
  const crashing = failureOf(
    launchFake(
      fakePlan(),
      {},
      {
        install: async (_, { url, transport }) => {
          await transport.send({ method: "GET", origin: url, path: "/crash", headers: {} });
        },
      },
    ),
  );
  expect(await crashing).toMatchObject({ code: "server", message: expect.stringContaining("exit code 9") });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { cacheFolder } from "../../scripts/servers/cache.ts";
import { prepareCompiled } from "../../scripts/servers/index.ts";
import { readyModel } from "../../scripts/servers/models.ts";
import { run } from "../../scripts/servers/run.ts";
import { plan, target, writeTarget } from "../../src/deploy.ts";
import { createClient } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { freePort } from "../support/loopback.ts";

describe("the script of a plan", () => {
  let folder = "";
  let port = 0;
  const script = (): string => join(folder, "serve.sh");

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inhouse it\'s "a" $HOME\n-'));
    const { llamaServer } = await prepareCompiled();
    const model = join(folder, "a model's.gguf");
    await copyFile((await readyModel(cacheFolder())) ?? "", model);
    port = await freePort();
    const program = join(folder, "programs", "llama server");
    await mkdir(join(folder, "programs"));
    await writeFile(program, `#!/bin/sh\nexec '${llamaServer}' "$@"\n`, { mode: 0o755 });
    const made = await plan({ model, on: "cpu 8GB", context: 4_096, port });
    await writeTarget(target(made, "shell", { program }), folder);
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("says what is missing before it starts anything", async () => {
    const { code, output } = await run(script(), []);
    expect([code, output]).toEqual([1, expect.stringMatching(/^There is no key: openssl rand -hex 32 > api-key/)]);
    expect(await run(script(), ["stop"])).toMatchObject({ code: 1, output: "usage: serve.sh [prepare]\n" });
    expect(await run(script(), ["prepare"])).toMatchObject({ code: 0 });
  });

  test("becomes the server, which serves the plan's model to whoever has the key, and ends with its signal", async () => {
    await writeFile(join(folder, "api-key"), "a key of its own\n", { mode: 0o600 });
    const server = spawn(script(), [], { stdio: "ignore", cwd: "/" });
    const ended = once(server, "exit");
    try {
      const provider = llamacpp({ baseURL: `http://127.0.0.1:${port}`, apiKey: "a key of its own" });
      const client = createClient({ provider });
      await client.waitUntilReady();
      const { text } = await client.chat({ messages: [{ role: "user", content: "Say hi." }], maxTokens: 4 });
      expect(text).not.toBe("");
      await client.close();
    } finally {
      server.kill("SIGTERM"); // exec left no shell between
      await ended;
    }
    expect(server.signalCode ?? server.exitCode).toBe(0);
  }, 90_000);
});

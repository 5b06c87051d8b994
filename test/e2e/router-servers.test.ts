import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { cacheFolder } from "../../scripts/servers/cache.ts";
import { prepareCompiled } from "../../scripts/servers/index.ts";
import { readyModel } from "../../scripts/servers/models.ts";
import { startLeashed } from "../../src/deploy/launch/leashed-process.ts";
import { freePort } from "../../src/deploy/launch/listening-port.ts";
import { createClient } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";

test("a router loads the model of a call, says so meanwhile, and answers", async () => {
  const { llamaServer } = await prepareCompiled();
  const folder = await mkdtemp(join(tmpdir(), "inhouse-router-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await symlink((await readyModel(cacheFolder())) ?? "", join(folder, "small.gguf"));
  const port = await freePort();
  const router = startLeashed(llamaServer, ["--models-dir", folder, "--port", String(port), "-c", "1024"], {
    env: process.env,
    removes: folder,
  });
  onTestFinished(() => void router.kill("SIGTERM"));
  router.stdout.resume();
  router.stderr.resume();

  await using client = createClient({ provider: llamacpp({ baseURL: `http://127.0.0.1:${port}` }), model: "small" });
  await client.waitUntilReady();
  expect(await client.health()).toEqual({ status: "ready" });
  const answer = client.chat({ messages: "Say hello.", maxTokens: 4 });
  const loading = { status: "loading", detail: "The router loads small." };
  await expect.poll(() => client.health(), { interval: 5, timeout: 30_000 }).toMatchObject(loading);
  expect((await answer).text.length).toBeGreaterThan(0);
  expect(await client.health()).toEqual({ status: "ready" });
});

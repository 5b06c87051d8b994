import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import type { LaunchedServer, WorkProgress } from "../../../src/deploy.ts";
import { fakePlan } from "../../support/fake-engine.ts";
import { launchFake, launchFolders, ownTemporaryFolder, processesWith } from "../../support/launch-fake.ts";
import { failureOf } from "../../support/loopback.ts";
import { isGroupAlive, until } from "../../support/until.ts";

ownTemporaryFolder();

const crash = (server: LaunchedServer): Promise<unknown> => fetch(`${server.url}/crash`).catch(() => undefined);

describe("stop()", () => {
  test("asks the server, and leaves nothing of it", async () => {
    const server = await launchFake(fakePlan("--child"));
    await Promise.all([server.stop(), server.stop()]);
    expect(await server.exited).toEqual({ code: null, signal: "SIGTERM" });
    await until(() => !isGroupAlive(server.pid));
    await server.stop();
    await server.kill();
  });

  test("kills what does not listen, after both graces", async () => {
    const server = await launchFake(fakePlan("--deaf", "--child"));
    const started = performance.now();
    await server.stop();
    expect(performance.now() - started).toBeGreaterThan(480);
    expect(server.log().match(/not now/g)).toHaveLength(2);
    expect(await server.exited).toEqual({ code: null, signal: "SIGKILL" });
    await until(() => !isGroupAlive(server.pid));
  });

  test("is what leaving the scope does", async () => {
    let pid = 0;
    {
      await using server = await launchFake(fakePlan());
      ({ pid } = server);
    }
    await until(() => !isGroupAlive(pid));
  });
});

test("kill() ends a server at once, and all its processes", async () => {
  const server = await launchFake(fakePlan("--deaf", "--child"), { restarts: { most: 3, withinMs: 60_000 } });
  await server.kill();
  expect(await server.exited).toEqual({ code: null, signal: "SIGKILL" });
  await until(() => !isGroupAlive(server.pid));
});

test("a server that ends by itself says so", async () => {
  const server = await launchFake(fakePlan());
  await crash(server);
  expect(await server.exited).toEqual({ code: 9, signal: null });
});

describe("restarts", () => {
  test("after a crash the server is there again, on the same port, until it crashes too often", async () => {
    const progress: WorkProgress[] = [];
    const server = await launchFake(fakePlan(), {
      restarts: { most: 2, withinMs: 600_000 },
      onProgress: (told) => progress.push(told),
    });
    const { url } = server;
    const pids = [server.pid];
    for (const restart of [1, 2]) {
      await crash(server);
      await until(() =>
        fetch(`${url}/health`)
          .then(({ ok }) => ok && server.pid !== pids.at(-1))
          .catch(() => false),
      );
      pids.push(server.pid);
      expect(progress).toContainEqual({ task: "restarting fake-server after a crash", done: restart, total: 2 });
    }
    expect(new Set(pids).size).toBe(3);
    await crash(server);
    expect(await server.exited).toEqual({ code: 9, signal: null });
    await expect(fetch(url)).rejects.toThrow("fetch failed");
    for (const pid of pids) await until(() => !isGroupAlive(pid));
  });

  test("a restart that fails is told in the log, and tried again", async () => {
    const server = await launchFake(fakePlan(), { restarts: { most: 20, withinMs: 600_000 } });
    const port = Number(new URL(server.url).port);
    await crash(server);
    const other = createServer();
    await until(async () => {
      other.listen(port, "127.0.0.1");
      return await once(other, "listening").then(
        () => true,
        () => false,
      );
    });
    await until(() => server.log().includes(`port ${port} of 127.0.0.1 is taken`));
    other.close();
    await until(() =>
      fetch(`${server.url}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
  });

  test("what ends by itself without an error is left alone", async () => {
    const server = await launchFake(fakePlan(), { restarts: { most: 2, withinMs: 600_000 } });
    await fetch(`${server.url}/leave`).catch(() => undefined);
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });

  test("stop() ends a restart too", async () => {
    let isBack: (value?: unknown) => void;
    const restarting = new Promise((resolve) => (isBack = resolve));
    const server = await launchFake(fakePlan("--load-ms", "300"), {
      restarts: { most: 2, withinMs: 600_000 },
      onProgress: ({ task }) => task.startsWith("restarting") && isBack(),
    });
    await crash(server);
    await restarting;
    await server.stop();
    expect(await server.exited).toEqual({ code: 9, signal: null });
    expect(launchFolders()).toEqual([]);
  });
});

describe("an abort", () => {
  test.each([
    { when: "before", flags: [], task: "" },
    { when: "when it starts", flags: [], task: "starting fake-server" },
    { when: "while it loads", flags: ["--silent"], task: "loading" },
    { when: "while it loads and does not listen", flags: ["--deaf", "--child", "--load-ms", "60000"], task: "loading" },
    { when: "while it answers that it is not ready", flags: ["--ready-ms", "60000"], task: "loading" },
    { when: "while a model is brought in", flags: ["--child"], task: "bringing" },
  ])("$when leaves no process", async ({ flags, task }) => {
    const stopping = new AbortController();
    const tag = randomUUID();
    if (task === "") stopping.abort(new Error("enough"));
    const launching = launchFake(
      fakePlan(...flags, "--tag", tag),
      {
        signal: stopping.signal,
        onProgress: (told) => {
          if (told.task.startsWith(task)) stopping.abort(new Error("enough"));
          // Of the one that is silent there is no other word.
          if (task === "loading" && told.done === 1) stopping.abort(new Error("enough"));
        },
      },
      {
        async install(_, { onProgress, signal }) {
          onProgress({ task: "bringing it in" });
          await once(signal, "abort");
        },
      },
    );
    expect(await failureOf(launching)).toMatchObject({
      code: "abort",
      cause: expect.objectContaining({ message: "enough" }),
    });
    expect(launchFolders()).toEqual([]);
    await until(() => processesWith(tag).length === 0, 2_000);
  });

  test("of a server that runs stops it", async () => {
    const stopping = new AbortController();
    const server = await launchFake(fakePlan("--child"), { signal: stopping.signal });
    stopping.abort();
    expect(await server.exited).toEqual({ code: null, signal: "SIGTERM" });
    await until(() => !isGroupAlive(server.pid));
  });

  test("what onProgress throws ends the launch", async () => {
    const enough = new Error("enough");
    const throwing = launchFake(fakePlan("--silent"), {
      onProgress: () => {
        throw enough;
      },
    });
    await expect(throwing).rejects.toBe(enough);
  });
});

test("a parent that is killed takes all of it along", async () => {
  const engine = fileURLToPath(new URL("../../support/fake-launch-child.ts", import.meta.url));
  const parent = spawn(process.execPath, ["--import", "tsx", engine], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
  const pid = Number(line);
  expect(isGroupAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await until(() => !isGroupAlive(pid));
  await until(() => launchFolders().length === 0);
});

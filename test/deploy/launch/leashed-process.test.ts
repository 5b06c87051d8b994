import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, expect, test } from "vitest";

import { exitOf, startLeashed } from "../../../src/deploy/launch/leashed-process.ts";
import { runProgram } from "../../../src/deploy/launch/run-program.ts";
import { failureOf } from "../../support/loopback.ts";
import { isGroupAlive, until } from "../../support/until.ts";

const PROCESS = fileURLToPath(new URL("../../../src/deploy/launch/leashed-process.ts", import.meta.url));

const env = { PATH: process.env["PATH"] };
const folder = await mkdtemp(join(tmpdir(), "inhouse-process-"));
afterAll(() => rm(folder, { recursive: true }));

test.each([
  { lingerSeconds: 0, cleansUp: false },
  { lingerSeconds: 5, cleansUp: true },
])(
  "with $lingerSeconds s to linger, a process that outlives the command cleans up: $cleansUp",
  async ({ lingerSeconds, cleansUp }) => {
    const file = join(folder, `cleaned-${lingerSeconds}`);
    const rest = `(trap "sleep 0.2; touch ${file}; exit" TERM; echo up; while :; do sleep 0.1; done)`;
    const child = startLeashed("/bin/sh", ["-c", `${rest} & sleep 0.5; exit 3`], { env, lingerSeconds });
    child.stdout.resume();
    child.stderr.resume();
    expect(await exitOf(child)).toEqual({ code: 3, signal: null });
    await until(() => !isGroupAlive(child.pid));
    expect(existsSync(file)).toBe(cleansUp);
  },
);

test("what lingers too long is killed", async () => {
  const rest = `(trap "" TERM; while :; do sleep 0.1; done)`;
  const child = startLeashed("/bin/sh", ["-c", `${rest} & sleep 0.5; exit 0`], { env, lingerSeconds: 1 });
  child.stdout.resume();
  child.stderr.resume();
  await once(child, "exit");
  const started = performance.now();
  await until(() => !isGroupAlive(child.pid));
  expect(performance.now() - started).toBeGreaterThan(900);
});

test("a parent that is killed takes the command along, which may clean up, and the folder", async () => {
  const removes = join(folder, "goes");
  const ended = join(folder, "ended");
  await mkdir(removes);
  await writeFile(join(removes, "x"), "");
  const command = JSON.stringify(
    `trap "touch ${ended}; exit" TERM; echo up; exec 2>/dev/null; while :; do sleep 0.1; done`,
  );
  const options = JSON.stringify({ env, lingerSeconds: 1, removes });
  const script = join(folder, "parent.mts");
  await writeFile(
    script,
    `import { startLeashed } from ${JSON.stringify(PROCESS)};
     const child = startLeashed("/bin/sh", ["-c", ${command}], ${options});
     child.stdout.on("data", () => console.log(child.pid));`,
  );
  const parent = spawn(process.execPath, ["--import", "tsx", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  expect(isGroupAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await until(() => !isGroupAlive(pid));
  expect([existsSync(removes), existsSync(ended)]).toEqual([false, true]);
});

test("a command that is not there, is too late or aborted", async () => {
  const missing = await failureOf(runProgram("/nowhere/program", [], { env }));
  expect(missing).toMatchObject({ code: "not-found", message: expect.stringContaining("/nowhere/program") });
  const late = await failureOf(runProgram("/bin/sh", ["-c", "sleep 100"], { env, timeoutMs: 50 }));
  expect(late).toMatchObject({ code: "timeout", phase: "total" });
  const stopping = new AbortController();
  const aborted = runProgram("/bin/sh", ["-c", "echo up; sleep 100"], {
    env,
    signal: stopping.signal,
    onOutput: () => stopping.abort(),
  });
  expect(await failureOf(aborted)).toMatchObject({ code: "abort" });
});

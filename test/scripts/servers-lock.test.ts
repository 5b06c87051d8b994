import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, expect, test } from "vitest";

import { withLock } from "../../scripts/servers/lock.ts";
import { until } from "../support/until.ts";

const folder = await mkdtemp(join(tmpdir(), "inhouse-lock-"));
afterAll(() => rm(folder, { recursive: true }));

async function newLock(): Promise<string> {
  return join(await mkdtemp(join(folder, "l")), "lock");
}

test("the lock lets one in at a time", async () => {
  const lock = await newLock();
  let inside = 0;
  const work = async () => {
    expect(++inside).toBe(1);
    await readdir(tmpdir());
    inside--;
  };
  await Promise.all([withLock(lock, work), withLock(lock, work), withLock(lock, work)]);
});

test("the lock is taken over when its owner has died", async () => {
  const lock = await newLock();
  await writeFile(lock, "999999 of a process that crashed");
  const minuteAgo = new Date(Date.now() - 60_000);
  await utimes(lock, minuteAgo, minuteAgo);
  const owner = await withLock(lock, () => readFile(lock, "utf8"));
  expect(owner).toMatch(new RegExp(`^${process.pid} `));
  await expect(readFile(lock)).rejects.toThrow("ENOENT");
});

test("the lock is not taken from an owner who works longer than the limit", async () => {
  const lock = await newLock();
  const waited: number[] = [];
  const started = Date.now();
  let first = true;
  const slow = withLock(
    lock,
    async () => {
      await until(() => Date.now() - started > 1500);
      first = false;
    },
    { staleMs: 500 },
  );
  await until(() =>
    readFile(lock).then(
      () => true,
      () => false,
    ),
  );
  await withLock(lock, async () => expect(first).toBe(false), { staleMs: 500, onWait: (pid) => waited.push(pid) });
  await slow;
  expect(waited).toEqual([process.pid]);
});

test("the lock can be given up", async () => {
  const lock = await newLock();
  await writeFile(lock, "1 somebody");
  const signal = AbortSignal.timeout(50);
  await expect(withLock(lock, async () => {}, { signal })).rejects.toThrow(/abort/);
});

import { truncateSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { checkFiles, pinFiles, type WorkProgress } from "../../../src/deploy.ts";
import { failureOf } from "../../support/loopback.ts";
import { sha256Of } from "../../support/model-mirror.ts";
import { writtenFolder } from "../../support/written-folder.ts";

const large = Buffer.alloc(3_000_001, "inhouse");

test("files are pinned by size and sha256, with progress over all of them", async () => {
  const folder = writtenFolder({ "a.gguf": large, "b/c.json": "{}" });
  const told: WorkProgress[] = [];
  const pinned = await pinFiles(["a.gguf", "b/c.json"], { folder, onProgress: (progress) => void told.push(progress) });
  expect(pinned).toEqual([
    { path: "a.gguf", sizeBytes: 3_000_001, sha256: sha256Of(large) },
    { path: "b/c.json", sizeBytes: 2, sha256: sha256Of(Buffer.from("{}")) },
  ]);
  expect(told.length).toBeGreaterThan(3);
  expect(told.at(-1)).toEqual({ task: "pinning 2 files", done: 3_000_003, total: 3_000_003, unit: "bytes" });
});

test("what is missing, cut or changed is told apart, and what has another size is not read", async () => {
  const folder = writtenFolder({ same: "same", gone: "gone", cut: large, changed: "changed" });
  const pinned = await pinFiles(["same", "gone", "cut", "changed"], { folder });
  rmSync(join(folder, "gone"));
  truncateSync(join(folder, "cut"), 2_000_000);
  writeFileSync(join(folder, "changed"), "chanGed");
  let read = 0;
  const problems = await checkFiles(pinned, { folder, onProgress: ({ done = 0 }) => void (read = done) });
  expect(problems).toEqual([
    { kind: "missing", path: "gone" },
    { kind: "size", path: "cut", expectedBytes: 3_000_001, foundBytes: 2_000_000 },
    {
      kind: "digest",
      path: "changed",
      expectedSha256: sha256Of(Buffer.from("changed")),
      foundSha256: sha256Of(Buffer.from("chanGed")),
    },
  ]);
  expect(read).toBe(11);
});

test("a path that is no file cannot be pinned", async () => {
  const folder = writtenFolder({ "a/b": "" });
  expect((await failureOf(pinFiles(["a"], { folder }))).code).toBe("invalid-request");
  expect((await failureOf(pinFiles(["c"], { folder }))).code).toBe("not-found");
});

test("an abort ends it in mid-file", async () => {
  const folder = writtenFolder({ a: large });
  const controller = new AbortController();
  const onProgress = (): void => controller.abort();
  const failure = await failureOf(pinFiles(["a"], { folder, signal: controller.signal, onProgress }));
  expect(failure.code).toBe("abort");
});

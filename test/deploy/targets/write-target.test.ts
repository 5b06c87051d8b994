import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { writeTarget } from "../../../src/deploy.ts";

describe("writeTarget", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "inhouse-write-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("writes files with their modes into a folder that it makes, and once", async () => {
    const files = [
      { path: "serve.sh", text: "#!/bin/sh\n", mode: 0o755 },
      { path: "a/b.txt", text: "b" },
    ];
    const place = join(folder, "new");
    expect(await writeTarget(files, place)).toEqual([join(place, "serve.sh"), join(place, "a/b.txt")]);
    expect((await stat(join(place, "serve.sh"))).mode & 0o777).toBe(0o755);
    expect((await stat(join(place, "a/b.txt"))).mode & 0o777).toBe(0o644);
    expect(await writeTarget(files, place)).toEqual([]);
    expect((await readdir(place)).toSorted()).toEqual(["a", "serve.sh"]);
  });

  test("refuses all where one is there that differs, and replaces it when told to", async () => {
    await writeFile(join(folder, "b"), "mine");
    const files = [
      { path: "a", text: "a" },
      { path: "b", text: "b" },
    ];
    await expect(writeTarget(files, folder)).rejects.toMatchObject({
      code: "invalid-request",
      message: "Files are there that differ: b. Nothing was written.",
      hint: expect.stringContaining("overwrite: true"),
    });
    expect(await readdir(folder)).toEqual(["b"]);
    expect(await writeTarget(files, folder, { overwrite: true })).toHaveLength(2);
    expect(await readFile(join(folder, "b"), "utf8")).toBe("b");
  });

  test.each(["../x", "/x", "a/../../x", "", ".."])("writes nothing to %j", async (path) => {
    await expect(writeTarget([{ path, text: "" }], join(folder, "in"))).rejects.toMatchObject({
      code: "invalid-request",
    });
    expect(await readdir(folder)).toEqual([]);
  });

  test("leaves nothing half-written where it may not write", async () => {
    await writeFile(join(folder, "a"), "a file");
    await chmod(join(folder, "a"), 0o644);
    await expect(writeTarget([{ path: "a/b", text: "b" }], folder)).rejects.toThrow(/a\/b|ENOTDIR/);
    expect(await readdir(folder)).toEqual(["a"]);
  });
});

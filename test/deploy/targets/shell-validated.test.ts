import { join } from "node:path";

import { expect, test } from "vitest";

import { programsOnPath } from "../../../scripts/servers/programs.ts";
import { run } from "../../../scripts/servers/run.ts";
import { writtenTargets } from "../../support/validated-files.ts";

test("a POSIX shell reads the script of every plan", async () => {
  const folders = await writtenTargets("shell");
  expect(folders.size).toBeGreaterThan(40);
  for (const [asked, folder] of folders) {
    const { code, output } = await run("/bin/sh", ["-n", join(folder, "serve.sh")]);
    expect([asked, output, code]).toEqual([asked, "", 0]);
  }
}, 120_000);

test("shellcheck finds nothing in any of them", async ({ skip }) => {
  const [shellcheck] = programsOnPath("shellcheck");
  if (shellcheck === undefined) return skip("shellcheck is not installed: npx tsx scripts/validators/install.ts");
  const folders = await writtenTargets("shell");
  const files = [...folders.values()].map((folder) => join(folder, "serve.sh"));
  const { code, output } = await run(shellcheck, ["--norc", "--shell=sh", "--format=gcc", ...files]);
  expect([output, code]).toEqual(["", 0]);
}, 120_000);

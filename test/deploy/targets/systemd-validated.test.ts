import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { programsOnPath } from "../../../scripts/servers/programs.ts";
import { run } from "../../../scripts/servers/run.ts";
import { writtenTargets } from "../../support/validated-files.ts";

test("systemd takes the unit of every plan", async ({ skip }) => {
  const [analyze] = programsOnPath("systemd-analyze");
  if (analyze === undefined) return skip("systemd is not installed: npx tsx scripts/validators/install.ts");
  const folders = await writtenTargets("systemd", { program: "/bin/sh" }); // it has to be there
  expect(folders.size).toBeGreaterThan(40);
  for (const [asked, folder] of folders) {
    const [unit = ""] = (await readdir(folder)).filter((name) => name.endsWith(".service"));
    const { code, output } = await run(analyze, ["verify", "--man=no", join(folder, unit)]);
    // It loads the units of the machine too, and says what it thinks of them.
    expect([asked, output.split("\n").filter((line) => line.includes(unit)), code]).toEqual([asked, [], 0]);
  }
}, 240_000);

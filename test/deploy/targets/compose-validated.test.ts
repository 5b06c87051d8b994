import { join } from "node:path";

import { expect, test } from "vitest";

import { cacheFolder } from "../../../scripts/servers/cache.ts";
import { programsOnPath } from "../../../scripts/servers/programs.ts";
import { run } from "../../../scripts/servers/run.ts";
import { findCompose } from "../../../scripts/validators/compose.ts";
import { writtenTargets } from "../../support/validated-files.ts";

const install = "npx tsx scripts/validators/install.ts";

test("Docker Compose takes the file of every plan", async ({ skip }) => {
  const compose = await findCompose(cacheFolder());
  if (compose === undefined) return skip(`Docker Compose is not built: ${install}`);
  const folders = await writtenTargets("compose");
  expect(folders.size).toBeGreaterThan(40);
  const env = { PATH: process.env["PATH"], HOME: process.env["HOME"] };
  for (const [asked, folder] of folders) {
    const file = join(folder, "compose.yaml");
    const { code, output } = await run(compose, ["--profile", "fill", "-f", file, "config", "--quiet"], { env });
    expect([asked, output, code]).toEqual([asked, "", 0]);
  }
}, 240_000);

test("HAProxy takes the gateway's file", async ({ skip }) => {
  const [haproxy] = programsOnPath("haproxy");
  if (haproxy === undefined) return skip(`HAProxy is not installed: ${install}`);
  const [folder = ""] = (await writtenTargets("compose")).values();
  // Without Docker's name server the backend has no address, which is what `init-addr none` is for.
  const { code, output } = await run(haproxy, ["-c", "-f", join(folder, "haproxy.cfg")]);
  expect([output.replaceAll(/^\[NOTICE\].*\n/gm, ""), code]).toEqual(["Configuration file is valid\n", 0]);
}, 60_000);

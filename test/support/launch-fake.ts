import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, onTestFinished, vi } from "vitest";

import { launch, type LaunchOptions, type LaunchedServer } from "../../src/deploy.ts";
import type { EngineServer } from "../../src/deploy/engine-server.ts";
import type { Plan } from "../../src/deploy/plan/plan-value.ts";
import { fakeEngine, fakeProgram } from "./fake-engine.ts";

/** Launches a plan of the fake engine; what is left at the test's end is killed. */
export async function launchFake(
  plan: Plan,
  options: LaunchOptions = {},
  server: Partial<EngineServer> = {},
): Promise<LaunchedServer> {
  const programs = { "fake-server": fakeProgram };
  const launched = await launch(plan, { engines: [fakeEngine(server)], programs, ...options });
  onTestFinished(() => launched.kill());
  return launched;
}

/** Gives each test of a file a folder of its own for temporary ones: other files launch too, at the same time. */
export function ownTemporaryFolder(): void {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "inhouse-test-"));
    vi.stubEnv("TMPDIR", folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });
}

/** The temporary folders of launches that are there. */
export const launchFolders = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith("inhouse-launch-"));

/** The processes that run with such a word on their command line, as the system lists them. */
export function processesWith(word: string): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(word);
    } catch {
      return false; // it has ended meanwhile
    }
  });
}

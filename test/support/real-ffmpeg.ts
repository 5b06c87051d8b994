import { spawnSync } from "node:child_process";

import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The ffmpeg on `PATH`, or why there is none. */
    ffmpeg: { readonly version: string } | { readonly unavailable: string };
  }
}

/** Looks for ffmpeg once for a project, so that a run without it says so in one line. */
export default function setup(project: TestProject): void {
  const { status, stdout } = spawnSync("ffmpeg", ["-version"], { encoding: "utf8" });
  const version = status === 0 ? /^ffmpeg version (\S+)/.exec(stdout)?.[1] : undefined;
  const unavailable = "ffmpeg is not installed: npx tsx scripts/media/install.ts";
  project.provide("ffmpeg", version === undefined ? { unavailable } : { version });
}

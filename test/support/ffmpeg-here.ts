import { spawnSync } from "node:child_process";

import { beforeEach } from "vitest";

const { status } = spawnSync("ffmpeg", ["-version"]);

/** Skips the tests of a file, or of a `describe`, where there is no ffmpeg; the run says so at its end. */
export function needsFfmpeg(): void {
  beforeEach(({ skip }) => {
    if (status !== 0) skip("ffmpeg is not installed: npx tsx scripts/media/install.ts");
  });
}

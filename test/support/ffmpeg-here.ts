import { beforeEach, inject } from "vitest";

/** Skips the tests of a file, or of a `describe`, where there is no ffmpeg. Its project has the global setup `real-ffmpeg.ts`. */
export function needsFfmpeg(): void {
  beforeEach(({ skip }) => {
    const ffmpeg = inject("ffmpeg");
    if ("unavailable" in ffmpeg) skip(ffmpeg.unavailable);
  });
}

/**
 * Has flite speak the text of the meeting, and writes what is said as the recording of the tests. Needs Debian's `flite` and `ffmpeg`.
 *
 *     npx tsx scripts/media/make-meeting.ts
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { runToSuccess } from "../servers/run.ts";

const place = (name: string): string => fileURLToPath(new URL(`../../test/fixtures/media/${name}`, import.meta.url));

const folder = await mkdtemp(join(tmpdir(), "inhouse-meeting-"));
try {
  const spoken = join(folder, "spoken.wav");
  await runToSuccess("flite", ["-voice", "slt", "-f", place("spoken-meeting.txt"), "-o", spoken]);
  const voice = ["-ar", "16000", "-ac", "1", "-c:a", "libopus", "-b:a", "12k", "-application", "voip"];
  await runToSuccess("ffmpeg", ["-y", "-loglevel", "error", "-i", spoken, ...voice, place("spoken-meeting.ogg")]);
} finally {
  await rm(folder, { recursive: true });
}

/**
 * Makes the sounds and films of `test/fixtures/media`: one spoken sentence in every common container, and a film that has another colour each
 * second. Needs ffmpeg and flite (`apt-get install ffmpeg flite`).
 *
 *     npx tsx scripts/media/make-recordings.ts
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../test/fixtures/media/", import.meta.url));
const sentence = "The next meeting is on Tuesday, at nine o'clock.";
const colours = ["red", "lime", "blue", "white", "yellow", "black"];

mkdirSync(folder, { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), "recordings-"));
const spoken = join(scratch, "spoken.wav");

const bitexact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"];
function ffmpeg(...args: readonly string[]): void {
  execFileSync("ffmpeg", ["-nostdin", "-hide_banner", "-loglevel", "error", "-y", ...args], { stdio: "inherit" });
}
/** The spoken sentence, written so. */
function sound(name: string, ...args: readonly string[]): void {
  ffmpeg("-i", spoken, ...bitexact, ...args, join(folder, name));
}

try {
  execFileSync("flite", ["-voice", "slt", "-t", sentence, "-o", join(scratch, "flite.wav")]);
  // Without the silence around it, so that all are below 100 kB; 100 ms stay.
  const trim = "silenceremove=start_periods=1:start_threshold=-50dB:start_silence=0.1";
  ffmpeg("-i", join(scratch, "flite.wav"), "-af", `${trim},areverse,${trim},areverse`, spoken);

  const stereo = ["-ar", "48000", "-ac", "2"];
  sound("spoken.wav", "-c:a", "pcm_s16le");
  sound("spoken.mp3", ...stereo, "-b:a", "64k");
  sound("spoken.flac", ...stereo, "-compression_level", "12");
  sound("spoken.ogg", ...stereo, "-c:a", "libopus", "-b:a", "24k");
  sound("spoken.m4a", ...stereo, "-c:a", "aac", "-b:a", "48k", "-movflags", "+faststart");
  sound("spoken.webm", ...stereo, "-c:a", "libopus", "-b:a", "24k", "-live", "1"); // as browsers record: without a length

  const film = join(folder, "colours.mp4");
  const seconds = colours.flatMap((colour) => ["-f", "lavfi", "-i", `color=${colour}:size=160x120:rate=10:duration=1`]);
  // A grey bar at the left shows how the picture is turned.
  const joined = `${colours.map((_, index) => `[${index}:v]`).join("")}concat=n=${colours.length}:v=1:a=0`;
  const picture = `${joined},drawbox=x=0:y=0:w=16:h=120:color=gray:t=fill,format=yuv420p[v]`;
  const heard = `[${colours.length}:a]aresample=48000,adelay=1000,apad=whole_dur=6[a]`;
  const codecs = ["-c:v", "libx264", "-preset", "veryslow", "-c:a", "aac", "-b:a", "32k", "-movflags", "+faststart"];
  ffmpeg(
    ...seconds,
    "-i",
    spoken,
    "-filter_complex",
    `${picture};${heard}`,
    "-map",
    "[v]",
    "-map",
    "[a]",
    ...codecs,
    ...bitexact,
    film,
  );
  ffmpeg("-i", film, "-c", "copy", "-fflags", "+bitexact", "-metadata:s:v:0", "rotate=90", join(folder, "turned.mp4"));
  ffmpeg("-i", film, "-an", "-c", "copy", ...bitexact, join(folder, "mute.mp4"));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

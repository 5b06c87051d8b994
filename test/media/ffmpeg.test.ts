import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { ffmpegInput } from "../../src/media/ffmpeg-input.ts";
import { ffmpegOutput, ffmpegStream } from "../../src/media/ffmpeg.ts";
import { soundFacts } from "../../src/media/sound-facts.ts";
import { soundPieces } from "../../src/media/sound-pieces.ts";
import { videoFrames } from "../../src/media/video-frames.ts";
import { needsFfmpeg } from "../support/ffmpeg-here.ts";
import { fileAt, fileOf, recording, recordingPath } from "../support/recordings.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ffmpeg-test-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Ids of the processes that were started with this text. */
function running(text: string): readonly string[] {
  const ids = readdirSync("/proc").filter((id) => /^\d+$/.test(id));
  const lines = ids.map((id) => {
    try {
      return [id, readFileSync(`/proc/${id}/cmdline`, "utf8")] as const;
    } catch {
      return [id, ""] as const; // it has ended meanwhile
    }
  });
  return lines.filter(([, line]) => line.startsWith("ff") && line.includes(text)).map(([id]) => id);
}

describe("without ffmpeg on PATH", () => {
  test("what needs it says how to install it, and a wav does not", async () => {
    vi.stubEnv("PATH", folder);
    const expected = { code: "unsupported", hint: expect.stringContaining("apt-get install ffmpeg") };
    await expect(soundPieces(recording("spoken.mp3"), { longestMs: 60_000 }).next()).rejects.toMatchObject(expected);
    await expect(soundFacts(recording("spoken.mp3"))).rejects.toMatchObject(expected);
    await expect(videoFrames(recording("colours.mp4"), { count: 1 })).rejects.toMatchObject(expected);
    expect(await soundFacts(recording("spoken.wav"))).toMatchObject({ durationMs: 3_097 });
    expect((await soundPieces(recording("spoken.wav"), { longestMs: 60_000 }).next()).value).toMatchObject({
      endMs: 3_097,
    });
  });
});

describe("a process", () => {
  needsFfmpeg();

  /** Three hours of noise in a container that ffmpeg reads; the process that makes it says nothing. */
  function threeHours(): string {
    const path = join(folder, "three hours -%d.flac");
    if (!existsSync(path)) {
      const noise = ["-f", "lavfi", "-i", "sine=frequency=300:sample_rate=16000:duration=10800"];
      execFileSync("ffmpeg", ["-nostdin", "-loglevel", "error", ...noise, "-compression_level", "0", `file:${path}`]);
    }
    return path;
  }

  test("is gone when the caller stops reading, and when the call is aborted", { timeout: 60_000 }, async () => {
    const path = threeHours();
    for await (const piece of soundPieces(fileAt(path), { longestMs: 60_000 })) {
      expect(piece.startMs).toBe(0);
      expect(running(path)).toHaveLength(process.platform === "linux" ? 1 : 0);
      break;
    }
    expect(running(path)).toEqual([]);

    const stop = new AbortController();
    const pieces = soundPieces(fileAt(path), { longestMs: 60_000, signal: stop.signal });
    await pieces.next();
    stop.abort(new Error("enough"));
    await expect(pieces.next()).rejects.toMatchObject({ code: "abort", cause: { message: "enough" } });
    expect(running(path)).toEqual([]);
  });

  test("is not started by a call that is aborted already", async () => {
    const signal = AbortSignal.abort();
    await expect(soundFacts(recording("spoken.mp3"), signal)).rejects.toMatchObject({ code: "abort" });
  });

  test("three hours come in pieces, none of them lost", { timeout: 120_000 }, async () => {
    const before = process.memoryUsage().arrayBuffers;
    let [end, most] = [0, 0];
    for await (const { startMs, endMs } of soundPieces(fileAt(threeHours()), {
      longestMs: 600_000,
      overlapMs: 2_000,
    })) {
      expect(startMs).toBe(Math.max(0, end - 2_000));
      end = endMs;
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(end).toBe(10_800_000);
    expect(most).toBeLessThan(200e6);
  });

  test("gives no more than may be", async () => {
    const run = {
      program: "ffmpeg",
      name: "noise",
      args: ["-f", "lavfi", "-i", "anullsrc", "-f", "s16le", "pipe:1"],
    } as const;
    await expect(ffmpegOutput(run, 1_000_000)).rejects.toMatchObject({ code: "limit" });
    expect(running("anullsrc")).toEqual([]);
  });

  test("that gives nothing is an error with its last complaint", async () => {
    const run = ffmpegStream({ program: "ffprobe", name: '"talk.mp3"', args: ["-i", "file:/nowhere/secret/talk.mp3"] });
    await expect(run.next()).rejects.toMatchObject({
      code: "invalid-request",
      message: 'ffprobe could not read "talk.mp3": No such file or directory.',
    });
  });
});

describe("the input of a process", () => {
  needsFfmpeg();

  test("that must be sought in is a private file, gone when it is closed", async () => {
    vi.stubEnv("TMPDIR", folder);
    const { args, close } = await ffmpegInput(recording("spoken.m4a"), { seek: false });
    const path = args.at(-1)?.replace(/^file:/, "") ?? "";
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
    await close();
    expect(readdirSync(folder).filter((name) => name.startsWith("inhouse-"))).toEqual([]);
  });

  test("leaves nothing behind, whatever happens", async () => {
    vi.stubEnv("TMPDIR", folder);
    await videoFrames(recording("colours.mp4"), { count: 2 });
    const broken = fileOf((await recording("colours.mp4").bytes()).subarray(0, 700));
    await expect(videoFrames(broken, { count: 2 })).rejects.toMatchObject({ code: "invalid-request" });
    for await (const _ of soundPieces(recording("spoken.m4a"), { longestMs: 1_000 })) break;
    expect(readdirSync(folder).filter((name) => name.startsWith("inhouse-"))).toEqual([]);
  });

  test("goes through a pipe where it is read from its beginning to its end", async () => {
    expect(await ffmpegInput(recording("spoken.mp3"), { seek: false })).toMatchObject({
      args: expect.arrayContaining(["pipe:0"]),
    });
  });

  test("may have a name that looks like an option or a protocol", async () => {
    for (const name of ["-version", "http:", "concat:a|b.mp3", "%d.mp3"]) {
      const path = join(folder, name);
      execFileSync("cp", ["--", recordingPath("spoken.mp3"), path]);
      expect(await soundFacts(fileAt(path))).toMatchObject({ durationMs: expect.closeTo(3_120, -2) });
    }
  });

  test("names no other files: a playlist in disguise is not followed", async () => {
    const target = recordingPath("spoken.mp3");
    const playlists = [
      `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:3,\nfile://${target}\n#EXT-X-ENDLIST\n\u0001`,
      `ffconcat version 1.0\nfile '${target}'\n\u0001`,
    ];
    for (const text of playlists) {
      const call = soundPieces(fileOf(Buffer.from(text), "talk.mp3"), { longestMs: 60_000 }).next();
      await expect(call).rejects.toMatchObject({ code: "invalid-request" });
    }
  });
});

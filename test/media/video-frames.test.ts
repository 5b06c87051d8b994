import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { videoFacts } from "../../src/media/video-facts.ts";
import { videoFrames, type VideoFrame } from "../../src/media/video-frames.ts";
import { needsFfmpeg } from "../support/ffmpeg-here.ts";
import { fileAt, fileOf, recording, recordingPath } from "../support/recordings.ts";

const COLOURS = ["red", "lime", "blue", "white", "yellow", "black"];
const RGB = ["255,0,0", "0,255,0", "0,0,255", "255,255,255", "255,255,0", "0,0,0"];

/** The colour of a part of a picture, as red, green and blue. */
function pixelOf({ data }: VideoFrame, part = "iw/2:ih/2"): readonly number[] {
  const filter = `crop=4:4:${part},scale=1:1`;
  const args = ["-loglevel", "error", "-i", "pipe:0", "-vf", filter, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"];
  return [...execFileSync("ffmpeg", args, { input: data })];
}

/** The name of the colour that is nearest. */
function colourOf(frame: VideoFrame): string | undefined {
  const pixel = pixelOf(frame).map((value) => (value > 127 ? 255 : 0));
  return COLOURS[RGB.indexOf(pixel.join(","))];
}

const shown = (frames: readonly VideoFrame[]): readonly (readonly [number, string | undefined])[] =>
  frames.map((frame) => [frame.atMs, colourOf(frame)]);

describe("what a film is", () => {
  needsFfmpeg();

  test.each([
    ["colours.mp4", { width: 160, height: 120, hasSound: true }],
    ["turned.mp4", { width: 120, height: 160, hasSound: true }],
    ["mute.mp4", { width: 160, height: 120, hasSound: false }],
  ])("%s", async (name, facts) => {
    const expected = { mediaType: "video/mp4", durationMs: 6_000, ...facts };
    expect(await videoFacts(recording(name))).toEqual(expected);
    expect(await videoFacts(fileAt(recordingPath(name)))).toEqual(expected);
  });

  test.each([
    ["a sound", "spoken.m4a", '"spoken.m4a" has no pictures.'],
    ["another sound", "spoken.mp3", '"spoken.mp3" has no pictures.'],
  ])("%s is none", async (_, name, message) => {
    await expect(videoFacts(recording(name))).rejects.toMatchObject({ code: "invalid-request", message });
  });

  test("a record with a cover is none", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cover-"));
    const [cover, record] = [join(folder, "cover.jpg"), join(folder, "record.mp3")];
    const run = (...args: readonly string[]): Buffer =>
      execFileSync("ffmpeg", ["-nostdin", "-loglevel", "error", ...args]);
    run("-f", "lavfi", "-i", "color=red:size=64x64:duration=1", "-frames:v", "1", cover);
    const parts = ["-map", "0:a", "-map", "1:v", "-c", "copy", "-disposition:v", "attached_pic"];
    run("-i", recordingPath("spoken.mp3"), "-i", cover, ...parts, record);
    await expect(videoFacts(fileAt(record))).rejects.toMatchObject({ message: '"record.mp3" has no pictures.' });
    rmSync(folder, { recursive: true });
  });

  test.each([
    ["nothing", new Uint8Array(0)],
    ["a text", Buffer.from("Dear all,\n")],
    ["the first bytes of a film", readFileSync(recordingPath("colours.mp4")).subarray(0, 600)],
  ])("%s is none", async (_, bytes) => {
    await expect(videoFacts(fileOf(bytes, "film.mp4"))).rejects.toMatchObject({ code: "invalid-request" });
  });
});

describe("pictures of a film", () => {
  needsFfmpeg();

  test("stand in the middle of equal parts", async () => {
    const frames = await videoFrames(recording("colours.mp4"), { count: 6 });
    expect(shown(frames)).toEqual(COLOURS.map((colour, second) => [second * 1_000 + 500, colour]));
    expect(frames[0]).toMatchObject({ mediaType: "image/jpeg", width: 160, height: 120 });
  });

  test.each([
    [{ count: 1 }, [[3_000, "white"]]],
    [
      { count: 2, fromMs: 4_000 },
      [
        [4_500, "yellow"],
        [5_500, "black"],
      ],
    ],
    [
      { count: 2, fromMs: 900, toMs: 1_100 },
      [
        [950, "red"],
        [1_050, "lime"],
      ],
    ],
    [{ count: 1, fromMs: 5_999, toMs: 9_000 }, [[5_899, "black"]]],
  ])("%o", async (options, expected) => {
    expect(shown(await videoFrames(fileAt(recordingPath("colours.mp4")), options))).toEqual(expected);
  });

  test("there may be more of them than the film has", async () => {
    const frames = await videoFrames(recording("mute.mp4"), { count: 120 });
    expect(frames).toHaveLength(120); // ten a second
    for (const [index, { atMs }] of frames.entries()) expect(Math.abs(atMs - index * 50 - 25)).toBeLessThanOrEqual(100);
  });

  test("are turned as the film is shown, and as large as was asked", async () => {
    const [frame] = await videoFrames(recording("turned.mp4"), { count: 1, fromMs: 0, toMs: 1_000, maxEdge: 80 });
    expect(frame).toMatchObject({ width: 60, height: 80 });
    const grey = frame && [pixelOf(frame, "iw/2:0"), pixelOf(frame, "iw/2:ih-4")].map(([, green = 0]) => green > 64);
    expect(grey?.filter(Boolean)).toHaveLength(1); // the bar of the left edge is above or below, not at a side
    const sides = frame && [pixelOf(frame, "0:ih/2"), pixelOf(frame, "iw-4:ih/2")].map(([, green = 0]) => green > 64);
    expect(sides).toEqual([false, false]);
  });

  test("a small film is not made larger", async () => {
    const [frame] = await videoFrames(recording("colours.mp4"), { count: 1, maxEdge: 2_000 });
    expect(frame).toMatchObject({ width: 160, height: 120 });
  });

  test.each([
    [{ count: 0 }],
    [{ count: 513 }],
    [{ count: 1.5 }],
    [{ count: 1, maxEdge: 15 }],
    [{ count: 1, fromMs: 6_000 }],
    [{ count: 1, fromMs: 2_000, toMs: 1_000 }],
    [{ count: 1, fromMs: -1 }],
  ])("%o is refused", async (options) => {
    await expect(videoFrames(recording("colours.mp4"), options)).rejects.toMatchObject({ code: "invalid-request" });
  });

  test("an aborted call gives none", async () => {
    const stop = new AbortController();
    const call = videoFrames(recording("colours.mp4"), { count: 6, signal: stop.signal });
    stop.abort();
    await expect(call).rejects.toMatchObject({ code: "abort" });
  });
});

describe("a long film", () => {
  needsFfmpeg();
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "long-film-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Ten minutes; red grows by 20 each minute, green by 4 each second of one. Key frames are 50 s apart. */
  function long(name: string, ...codec: readonly string[]): string {
    const path = join(folder, name);
    const colour = "geq=r='floor(T/60)*20':g='mod(floor(T)\\,60)*4':b=0";
    const source = `color=black:size=32x32:rate=5:duration=600,format=gbrp,${colour}`;
    execFileSync("ffmpeg", ["-loglevel", "error", "-f", "lavfi", "-i", source, ...codec, path]);
    return path;
  }
  const x264 = ["-pix_fmt", "yuv444p", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "4"];

  test.each([
    ["long.mp4", x264],
    ["long.mkv", x264],
    ["long.ts", [...x264, "-g", "25"]],
    ["long.flv", ["-pix_fmt", "yuv420p", "-c:v", "flv1", "-q:v", "2", "-g", "100"]],
    ["long.avi", ["-pix_fmt", "yuv420p", "-c:v", "mpeg4", "-q:v", "2", "-g", "100"]],
  ])("shows at a time what it shows then: %s", { timeout: 60_000 }, async (name, codec) => {
    const frames = await videoFrames(fileAt(long(name, ...codec)), { count: 7 });
    expect(frames).toHaveLength(7);
    for (const frame of frames) {
      const [red = 0, green = 0] = pixelOf(frame);
      const second = Math.round(red / 20) * 60 + Math.round(green / 4);
      expect(Math.abs(second - frame.atMs / 1_000)).toBeLessThan(2);
    }
  });

  test("that was cut off has pictures as far as it goes", { timeout: 60_000 }, async () => {
    const whole = readFileSync(long("fast.mp4", ...x264, "-movflags", "+faststart"));
    const half = fileOf(whole.subarray(0, Math.round(whole.length * 0.6)), "half.mp4");
    const frames = await videoFrames(half, { count: 10 });
    expect(frames.length).toBeGreaterThanOrEqual(4);
    expect(frames.length).toBeLessThan(8);
    expect(frames[0]?.atMs).toBe(30_000);
  });

  test("of slides shows the slide of the time", { timeout: 60_000 }, async () => {
    const path = join(folder, "slides.mkv");
    const filter = "fps=1,setpts='N*N*3/TB'"; // at 0, 3, 12, 27, 48 and 75 s
    execFileSync("ffmpeg", [
      "-loglevel",
      "error",
      "-i",
      recordingPath("mute.mp4"),
      "-vf",
      filter,
      "-vsync",
      "vfr",
      path,
    ]);
    const frames = await videoFrames(fileAt(path), { count: 6, fromMs: 0, toMs: 60_000 });
    expect(shown(frames).map(([, colour]) => colour)).toEqual(["lime", "blue", "blue", "white", "white", "yellow"]);
  });
});

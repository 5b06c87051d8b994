import { describe, expect, test, vi } from "vitest";

import { fitSound } from "../../src/media/fit-sound.ts";
import { soundFacts } from "../../src/media/sound-facts.ts";
import { writeWav } from "../../src/media/wav.ts";
import { needsFfmpeg } from "../support/ffmpeg-here.ts";
import { fileOf, loudnessOf, recording, soundOf } from "../support/recordings.ts";

const wavOnly = { mediaTypes: ["audio/wav"] };
const tone = (second: number): number => 0.5 * Math.sin(2 * Math.PI * 440 * second);
const samplesOf = (data: Uint8Array): Int16Array => new Int16Array(data.slice(44).buffer);

describe("a sound that is taken", () => {
  test("stays as it is", async () => {
    const file = recording("spoken.wav");
    const fitted = await fitSound(file, { ...wavOnly, maxBytes: 100_000, maxMs: 3_100 });
    expect(fitted).toEqual({ data: await file.bytes(), mediaType: "audio/wav", durationMs: 3_097, changes: [] });
    expect(fitted.data).toBe(await file.bytes());
  });

  test("needs no ffmpeg, where its length does not matter", async () => {
    vi.stubEnv("PATH", "/nowhere");
    const file = recording("spoken.mp3");
    const fitted = await fitSound(file, { mediaTypes: ["audio/wav", "audio/mpeg"] });
    expect(fitted).toEqual({ data: await file.bytes(), mediaType: "audio/mpeg", changes: [] });
  });

  test("is sent without ffmpeg where its length does, and it is said", async () => {
    vi.stubEnv("PATH", "/nowhere");
    const { mediaType, changes } = await fitSound(recording("spoken.mp3"), {
      mediaTypes: ["audio/mpeg"],
      maxMs: 600_000,
    });
    expect(mediaType).toBe("audio/mpeg");
    expect(changes).toEqual(['How long "spoken.mp3" is was not checked, since ffprobe is not installed.']);
  });
});

describe("a wav becomes 16 kHz", () => {
  const large = writeWav(soundOf(2, tone, 48_000), 48_000);

  test("where it is too large as it is", async () => {
    const { data, durationMs, changes } = await fitSound(fileOf(large, "large.wav"), { ...wavOnly, maxBytes: 100_000 });
    expect(data).toHaveLength(44 + 64_000);
    expect(durationMs).toBe(2_000);
    expect(loudnessOf(samplesOf(data), 16_000, 440) / 32_768).toBeCloseTo(0.5, 1);
    expect(changes).toEqual([
      '"large.wav" (audio/wav) was converted to wav, one channel at 16 kHz, since the server takes 100000 bytes at the most.',
    ]);
  });

  test("where its header does not say how long it is", async () => {
    const streamed = Buffer.from(large);
    streamed.fill(0xff, 4, 8);
    streamed.fill(0xff, 40, 44);
    const { data, changes } = await fitSound(fileOf(streamed), wavOnly);
    expect(await soundFacts(fileOf(data))).toMatchObject({ durationMs: 2_000, sampleRate: 16_000 });
    expect(changes).toEqual([expect.stringContaining("does not say how long")]);
  });

  test("where it was cut off", async () => {
    const { durationMs, changes } = await fitSound(fileOf(large.subarray(0, 44 + 96_000), "half.wav"), wavOnly);
    expect(durationMs).toBe(1_000);
    expect(changes).toEqual([
      expect.stringContaining("since it is cut off"),
      '"half.wav" was cut off: 1.0 s of 2.0 s are there.',
    ]);
  });
});

describe("a sound that is too much", () => {
  test("is refused where it is longer than the server takes", async () => {
    const call = fitSound(recording("spoken.wav"), { ...wavOnly, maxMs: 3_000 });
    const hint = expect.stringContaining("Transcribe it");
    await expect(call).rejects.toMatchObject({ code: "limit", message: expect.stringContaining("3 s"), hint });
  });

  test("is refused where it is too large even as a wav of 16 kHz", async () => {
    const call = fitSound(recording("spoken.wav"), { ...wavOnly, maxBytes: 50_000 });
    await expect(call).rejects.toMatchObject({ code: "limit", message: expect.stringContaining("holds 1 s") });
  });

  test("an hour is the longest that is converted at once", { timeout: 60_000 }, async () => {
    const long = fileOf(writeWav(new Int16Array(8_000 * 3_601), 8_000), "long.wav");
    const call = fitSound(long, { ...wavOnly, maxBytes: 50_000_000 });
    await expect(call).rejects.toMatchObject({ code: "limit" });
  });
});

describe("what is no sound", () => {
  test.each([
    ["empty", ""],
    ["a text", "Dear all,\n"],
    ["a picture", "\xff\xd8\xff\xe1\0\x10Exif"],
  ])("%s is refused", async (_, content) => {
    const call = fitSound(fileOf(Buffer.from(content, "latin1"), "talk.wav"), wavOnly);
    await expect(call).rejects.toMatchObject({
      code: "invalid-request",
      message: expect.stringContaining('"talk.wav"'),
    });
  });

  test("a wav without samples is refused", async () => {
    const call = fitSound(fileOf(writeWav(new Int16Array(0), 16_000)), wavOnly);
    await expect(call).rejects.toMatchObject({ code: "invalid-request", message: '"given" has no sound.' });
  });

  test("a server that takes no wav is told what it takes", async () => {
    const call = fitSound(recording("spoken.wav"), { mediaTypes: ["audio/mpeg"] });
    await expect(call).rejects.toMatchObject({ code: "unsupported", message: expect.stringContaining("audio/mpeg") });
  });
});

describe("other forms", () => {
  needsFfmpeg();

  test.each(["spoken.mp3", "spoken.flac", "spoken.ogg", "spoken.m4a", "spoken.webm", "colours.mp4"])(
    "%s",
    async (name) => {
      const {
        data,
        mediaType,
        durationMs = 0,
        changes,
      } = await fitSound(recording(name), { ...wavOnly, maxMs: 600_000 });
      expect(mediaType).toBe("audio/wav");
      expect(await soundFacts(fileOf(data))).toMatchObject({ sampleRate: 16_000, channels: 1, durationMs });
      expect(Math.abs(durationMs - (name === "colours.mp4" ? 6_000 : 3_097))).toBeLessThan(60);
      expect(changes).toEqual([expect.stringMatching(new RegExp(`^"${name}" .* was converted to wav`))]);
    },
  );

  test("what was cut off gives what is there, and it is said", async () => {
    const whole = await recording("spoken.m4a").bytes();
    const { durationMs = 0, changes } = await fitSound(fileOf(whole.subarray(0, 12_000), "half.m4a"), wavOnly);
    expect(durationMs).toBeGreaterThan(1_000);
    expect(durationMs).toBeLessThan(3_000);
    expect(changes.at(-1)).toMatch(/^ffmpeg could not read all of "half.m4a": /);
  });

  test("a film without sound is refused", async () => {
    await expect(fitSound(recording("mute.mp4"), wavOnly)).rejects.toMatchObject({ code: "invalid-request" });
  });
});

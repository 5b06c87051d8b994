import { describe, expect, test } from "vitest";

import { soundFacts } from "../../src/media/sound-facts.ts";
import { writeWav } from "../../src/media/wav.ts";
import { needsFfmpeg } from "../support/ffmpeg-here.ts";
import { fileAt, fileOf, recording, recordingPath } from "../support/recordings.ts";

test("a wav by its header", async () => {
  const facts = { mediaType: "audio/wav", durationMs: 3_097, sampleRate: 16_000, channels: 1 };
  expect(await soundFacts(recording("spoken.wav"))).toEqual(facts);
  expect(await soundFacts(fileAt(recordingPath("spoken.wav")))).toEqual(facts);
});

test("of a wav that was cut off, what is there", async () => {
  const whole = writeWav(new Int16Array(160_000), 16_000);
  expect(await soundFacts(fileOf(whole.subarray(0, 32_044)))).toMatchObject({ durationMs: 1_000 });
});

describe("whatever else", () => {
  needsFfmpeg();

  test.each([
    ["spoken.mp3", "audio/mpeg", 2],
    ["spoken.flac", "audio/flac", 2],
    ["spoken.ogg", "audio/ogg", 2],
    ["spoken.m4a", "audio/mp4", 2],
    ["spoken.webm", "video/webm", 2], // browsers write no length into it
    ["colours.mp4", "video/mp4", 1],
  ])("%s", async (name, mediaType, channels) => {
    for (const file of [recording(name), fileAt(recordingPath(name))]) {
      const { durationMs = 0, ...facts } = await soundFacts(file);
      expect(facts).toEqual({ mediaType, sampleRate: 48_000, channels });
      expect(Math.abs(durationMs - (name === "colours.mp4" ? 6_000 : 3_097))).toBeLessThan(60);
    }
  });

  test("a film without sound has none", async () => {
    const expected = { code: "invalid-request", message: '"mute.mp4" has no sound.' };
    await expect(soundFacts(recording("mute.mp4"))).rejects.toMatchObject(expected);
  });

  test("of bytes without a meaning nothing is known", async () => {
    const bytes = Buffer.concat([Buffer.from("fLaC"), Buffer.alloc(10_000, 0xa5)]);
    await expect(soundFacts(fileOf(bytes, "noise.flac"))).rejects.toMatchObject({ code: "invalid-request" });
    await expect(soundFacts(fileOf(bytes.subarray(4)))).rejects.toMatchObject({ code: "invalid-request" });
  });
});

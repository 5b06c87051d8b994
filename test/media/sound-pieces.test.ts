import { mkdtemp, open, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { isInhouseError } from "../../src/core/error.ts";
import type { MediaFile } from "../../src/core/media-file.ts";
import { soundPieces, type SoundPiece, type SoundPiecesOptions } from "../../src/media/sound-pieces.ts";
import { writeWav } from "../../src/media/wav.ts";
import { needsFfmpeg } from "../support/ffmpeg-here.ts";
import { fileAt, fileOf, loudnessOf, recording, recordingPath, soundOf } from "../support/recordings.ts";

async function piecesOf(file: MediaFile, options: SoundPiecesOptions): Promise<readonly SoundPiece[]> {
  const pieces: SoundPiece[] = [];
  for await (const piece of soundPieces(file, options)) pieces.push(piece);
  return pieces;
}

const samplesOf = ({ data }: SoundPiece): Int16Array => new Int16Array(data.slice(44).buffer);
const timesOf = (pieces: readonly SoundPiece[]): readonly (readonly [number, number])[] =>
  pieces.map(({ startMs, endMs }) => [startMs, endMs]);

/** Words of 0.8 s with pauses of 0.2 s after them. */
const speech = (second: number): number => (second % 1 < 0.8 ? 0.3 * Math.sin(2 * Math.PI * 300 * second) : 0);
const spoken = fileOf(writeWav(soundOf(10.5, speech), 16_000), "spoken.wav");

describe("pieces of a wav", () => {
  test("end in pauses, follow one another, and are the whole sound", async () => {
    const pieces = await piecesOf(spoken, { longestMs: 4_000 });
    const [first, second, third] = timesOf(pieces);
    for (const [, end = 0] of [first ?? [], second ?? []]) expect(end % 1_000).toBeGreaterThan(800);
    expect(timesOf(pieces)).toEqual([
      [0, first?.[1]],
      [first?.[1], second?.[1]],
      [second?.[1], 10_500],
    ]);
    expect(third).toBeDefined();
    expect(Int16Array.from(pieces.flatMap((piece) => [...samplesOf(piece)]))).toEqual(soundOf(10.5, speech));
  });

  test("have in common what was asked for", async () => {
    const pieces = await piecesOf(spoken, { longestMs: 4_000, overlapMs: 500 });
    for (const [index, piece] of pieces.slice(1).entries()) {
      const before = pieces[index];
      expect(piece.startMs).toBe((before?.endMs ?? 0) - 500);
      expect(before && samplesOf(before).slice(-8_000)).toEqual(samplesOf(piece).slice(0, 8_000));
    }
    expect(pieces.at(-1)?.endMs).toBe(10_500);
    for (const { startMs, endMs } of pieces) expect(endMs - startMs).toBeLessThanOrEqual(4_000);
  });

  test("a sound that is as long as a piece is one", async () => {
    const file = fileOf(writeWav(soundOf(4, speech), 16_000));
    expect(timesOf(await piecesOf(file, { longestMs: 4_000 }))).toEqual([[0, 4_000]]);
  });

  test("of another rate become 16 kHz", async () => {
    const file = fileOf(
      writeWav(
        soundOf(3, (second) => 0.5 * Math.sin(2 * Math.PI * 440 * second), 48_000),
        48_000,
      ),
    );
    const pieces = await piecesOf(file, { longestMs: 2_000 });
    expect(pieces.at(-1)?.endMs).toBe(3_000);
    for (const piece of pieces) expect(loudnessOf(samplesOf(piece), 16_000, 440) / 32_768).toBeCloseTo(0.5, 1);
  });

  test("a wav that was cut off gives what is there, and says so", async () => {
    const whole = writeWav(soundOf(10, speech), 16_000);
    const pieces = await piecesOf(fileOf(whole.subarray(0, 44 + 32_000 * 6), "half.wav"), { longestMs: 4_000 });
    expect(pieces.at(-1)).toMatchObject({
      endMs: 6_000,
      warnings: ['"half.wav" was cut off: 6.0 s of 10.0 s are there.'],
    });
    expect(pieces[0]?.warnings).toEqual([]);
  });

  test("without samples there are none", async () => {
    expect(await piecesOf(fileOf(writeWav(new Int16Array(0), 16_000)), { longestMs: 4_000 })).toEqual([]);
  });

  test("an aborted call reads no further", async () => {
    const stop = new AbortController();
    const pieces = soundPieces(spoken, { longestMs: 1_000, signal: stop.signal });
    await pieces.next();
    stop.abort();
    await expect(pieces.next()).rejects.toMatchObject({ code: "abort" });
  });

  test.each([
    [{ longestMs: 999 }],
    [{ longestMs: 3_600_001 }],
    [{ longestMs: Number.NaN }],
    [{ longestMs: 4_000, overlapMs: 2_001 }],
    [{ longestMs: 4_000, overlapMs: -1 }],
  ])("%o is refused", async (options) => {
    await expect(piecesOf(spoken, options)).rejects.toMatchObject({ code: "invalid-request" });
  });
});

describe("what is no recording", () => {
  test.each([
    ["nothing", "", "is empty"],
    ["a text with the name of a sound", "Dear all,\nthe meeting is on Tuesday.\n", "text/plain"],
    ["a playlist", "#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n", "text/plain"],
    ["a picture", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"],
  ])("%s is refused", async (_, content, message) => {
    const call = piecesOf(fileOf(Buffer.from(content, "latin1"), "talk.mp3"), { longestMs: 4_000 });
    await expect(call).rejects.toMatchObject({ code: "invalid-request", message: expect.stringContaining(message) });
  });

  test("a file that is not there is named", async () => {
    const call = piecesOf(fileAt("/nowhere/talk.wav"), { longestMs: 4_000 });
    await expect(call).rejects.toMatchObject({ code: "invalid-request", message: '"talk.wav" cannot be read.' });
  });
});

test("whatever a header says, there are pieces that follow one another, or a reason", async () => {
  const whole = await recording("spoken.wav").bytes();
  const change = fc.tuple(fc.nat(47), fc.nat(255));
  const given = [fc.nat(20_000), fc.array(change, { maxLength: 4 })] as const;
  await fc.assert(
    fc.asyncProperty(...given, async (length, changes) => {
      const bytes = Uint8Array.from(whole.subarray(0, length));
      for (const [place, value] of changes) if (place < length) bytes[place] = value;
      try {
        let end = 0;
        for (const { startMs, endMs } of await piecesOf(fileOf(bytes), { longestMs: 1_000 })) {
          expect(startMs).toBe(end);
          expect(endMs - startMs).toBeLessThanOrEqual(1_000);
          end = endMs;
        }
      } catch (error) {
        if (!isInhouseError(error)) throw error;
        expect(["invalid-request", "unsupported"]).toContain(error.code);
      }
    }),
    { numRuns: 60 },
  );
});

describe("three hours", () => {
  let folder: string;
  beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "three-hours-"))));
  afterAll(() => rm(folder, { recursive: true }));

  /** A wav of silence, which takes no room on the disk, with a word at the end of each minute. */
  async function long(): Promise<string> {
    const path = join(folder, "long.wav");
    const handle = await open(path, "w");
    const samples = 3 * 3_600 * 16_000;
    const header = Buffer.from(writeWav(new Int16Array(0), 16_000));
    header.writeUInt32LE(36 + samples * 2, 4);
    header.writeUInt32LE(samples * 2, 40);
    await handle.write(header, 0, 44, 0);
    await truncate(path, 44 + samples * 2);
    const word = Buffer.from(soundOf(0.5, speech).buffer);
    for (let minute = 1; minute < 180; minute++)
      await handle.write(word, 0, word.length, 44 + minute * 1_920_000 - 16_000);
    await handle.close();
    return path;
  }

  test("of a wav are never in memory, and no millisecond is lost or twice", { timeout: 120_000 }, async () => {
    const file = fileAt(await long());
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    let end = 0;
    let count = 0;
    for await (const { startMs, endMs, data, warnings } of soundPieces(file, { longestMs: 600_000 })) {
      expect(startMs).toBe(end);
      expect(endMs - startMs).toBeGreaterThanOrEqual(count < 18 ? 450_000 : 0);
      expect(endMs - startMs).toBeLessThanOrEqual(600_000);
      expect(data).toHaveLength(44 + (endMs - startMs) * 32);
      expect(warnings).toEqual([]);
      end = endMs;
      count += 1;
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(end).toBe(10_800_000);
    expect(count).toBeLessThan(25);
    expect(most).toBeLessThan(200e6); // all of it is 345 MB as it lies there, twice that as numbers
  });
});

describe("pieces of what is no wav", () => {
  needsFfmpeg();

  test.each(["spoken.mp3", "spoken.flac", "spoken.ogg", "spoken.m4a", "spoken.webm"])("%s", async (name) => {
    for (const file of [recording(name), fileAt(recordingPath(name))]) {
      const pieces = await piecesOf(file, { longestMs: 2_000 });
      expect(pieces).toHaveLength(2);
      expect(pieces[0]?.endMs).toBe(pieces[1]?.startMs);
      expect(Math.abs((pieces[1]?.endMs ?? 0) - 3_097)).toBeLessThan(60);
      expect(pieces.flatMap(({ warnings }) => warnings)).toEqual([]);
    }
  });

  test("the sound of a film begins when the film does", async () => {
    const [piece] = await piecesOf(recording("colours.mp4"), { longestMs: 60_000 });
    expect(piece?.endMs).toBeGreaterThan(5_900);
    const samples = piece ? samplesOf(piece) : new Int16Array(0);
    const first = samples.findIndex((sample) => Math.abs(sample) > 1_000);
    expect(first / 16_000).toBeGreaterThan(1);
    expect(first / 16_000).toBeLessThan(1.3);
  });

  test("a film without sound has none", async () => {
    expect(await piecesOf(recording("mute.mp4"), { longestMs: 60_000 })).toEqual([]);
  });
});

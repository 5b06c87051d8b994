import { describe, expect, test } from "vitest";

import { openReader } from "../../src/media/byte-reader.ts";
import { mixToMono, toSixteenBits } from "../../src/media/wav-samples.ts";
import { readWavHeader, writeWav, type WavHeader } from "../../src/media/wav.ts";
import { fileOf } from "../support/recordings.ts";

interface Made {
  readonly code?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly bits?: number;
  readonly data: Uint8Array;
  /** Lengths that the headers give instead of the right ones. */
  readonly riffSize?: number;
  readonly dataSize?: number;
  readonly extensible?: boolean;
  /** Chunks before the samples. */
  readonly before?: Uint8Array;
  readonly after?: Uint8Array;
  readonly kind?: string;
}

function chunk(name: string, content: Uint8Array, size = content.length): Uint8Array {
  const head = Buffer.alloc(8);
  head.write(name, "latin1");
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
}

function wav(made: Made): Uint8Array {
  const { code = 1, channels = 1, sampleRate = 16_000, bits = 16, data, extensible = false } = made;
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : code, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(sampleRate, 4);
  format.writeUInt32LE((sampleRate % 65_536) * channels * (bits / 8), 8);
  format.writeUInt16LE((channels * bits) / 8, 12);
  format.writeUInt16LE(bits, 14);
  if (extensible) format.writeUInt16LE(code, 24);
  const chunks = [
    Buffer.from("WAVE"),
    made.before ?? new Uint8Array(0),
    chunk("fmt ", format),
    chunk("data", data, made.dataSize),
    made.after ?? new Uint8Array(0),
  ];
  const content = Buffer.concat(chunks);
  const whole = chunk(made.kind ?? "RIFF", content, made.riffSize);
  return whole.subarray(0, 8 + content.length);
}

async function headerOf(bytes: Uint8Array): Promise<WavHeader> {
  const header = await readWavHeader(await openReader(fileOf(bytes)));
  if (!header) throw new Error("no wav");
  return header;
}

async function samplesOf(bytes: Uint8Array): Promise<number[]> {
  const header = await headerOf(bytes);
  const { dataOffset, dataBytes } = header;
  return [...mixToMono(bytes.subarray(dataOffset, dataOffset + dataBytes), header)];
}

describe("samples", () => {
  const doubles = Buffer.from(new Float64Array([0.5, -0.25, Number.NaN, 7]).buffer);
  const floats = Buffer.from(new Float32Array([0.5, -0.25, Infinity, -7]).buffer);
  test.each<[string, Made, number[]]>([
    ["8 bits", { bits: 8, data: Uint8Array.of(128, 192, 0, 255) }, [0, 0.5, -1, 127 / 128]],
    ["16 bits", { data: Uint8Array.of(0, 0x40, 0, 0x80) }, [0.5, -1]],
    ["24 bits", { bits: 24, data: Uint8Array.of(0, 0, 0x40, 0, 0, 0x80) }, [0.5, -1]],
    ["32 bits", { bits: 32, data: Uint8Array.of(0, 0, 0, 0x40, 0, 0, 0, 0x80) }, [0.5, -1]],
    ["floats, the loud clipped", { code: 3, bits: 32, data: floats }, [0.5, -0.25, 1, -1]],
    ["doubles, one no number", { code: 3, bits: 64, data: doubles }, [0.5, -0.25, 0, 1]],
    ["two channels", { channels: 2, data: Uint8Array.of(0, 0x40, 0, 0x20) }, [0.375]],
    ["the extensible header", { extensible: true, data: Uint8Array.of(0, 0x40) }, [0.5]],
    // The ends and the middle of G.711's tables.
    [
      "A-law",
      { code: 6, bits: 8, data: Uint8Array.of(0xd5, 0x55, 0xaa, 0x2a) },
      [8, -8, 32_256, -32_256].map((n) => n / 32_768),
    ],
    [
      "mu-law",
      { code: 7, bits: 8, data: Uint8Array.of(0xff, 0x80, 0x00) },
      [0, 32_124, -32_124].map((n) => n / 32_768),
    ],
  ])("%s", async (_, made, expected) => {
    expect(await samplesOf(wav(made))).toEqual(expected.map((value) => expect.closeTo(value, 6)));
  });

  test("written, they are read as they were", async () => {
    const samples = Int16Array.of(0, 1, -1, 32_767, -32_768, 12_345);
    const bytes = writeWav(samples, 16_000);
    expect(await headerOf(bytes)).toMatchObject({ channels: 1, sampleRate: 16_000, isSized: true, missingBytes: 0 });
    expect(toSixteenBits(Float32Array.from(await samplesOf(bytes)))).toEqual(samples);
  });
});

describe("headers", () => {
  const data = Uint8Array.of(1, 0, 2, 0, 3, 0);

  test("chunks before the samples are passed over, with the byte that makes them even", async () => {
    const before = Buffer.concat([chunk("bext", new Uint8Array(601)), chunk("LIST", Buffer.from("data"))]);
    expect(await headerOf(wav({ data, before }))).toMatchObject({ dataBytes: 6, missingBytes: 0, isSized: true });
  });

  test("what follows the samples is no sound", async () => {
    const after = chunk("LIST", new Uint8Array(100));
    expect(await headerOf(wav({ data, after }))).toMatchObject({ dataBytes: 6, isSized: true });
    expect(await headerOf(wav({ data: new Uint8Array(0), after }))).toMatchObject({ dataBytes: 0, isSized: true });
  });

  test.each([
    ["0", { riffSize: 0, dataSize: 0 }],
    ["0 beside a length without it", { riffSize: 36, dataSize: 0 }],
    ["the highest number", { riffSize: 0xffffffff, dataSize: 0xffffffff }],
    ["2 GiB", { riffSize: 0x7ffff024, dataSize: 0x7ffff000 }],
  ])("a length of %s, by one who wrote into a pipe, means all that is there", async (_, sizes) => {
    expect(await headerOf(wav({ data, ...sizes }))).toMatchObject({ dataBytes: 6, missingBytes: 0, isSized: false });
  });

  test("RF64 has its length in another chunk", async () => {
    const long = Buffer.alloc(28);
    long.writeBigUInt64LE(5_000_000_006n, 8);
    const bytes = wav({ kind: "RF64", riffSize: 0xffffffff, dataSize: 0xffffffff, before: chunk("ds64", long), data });
    expect(await headerOf(bytes)).toMatchObject({ dataBytes: 6, missingBytes: 5_000_000_000, isSized: true });
  });

  test("a file that was cut off says how much is missing, and half a sample is none", async () => {
    const bytes = wav({ data: new Uint8Array(1_000) });
    expect(await headerOf(bytes.subarray(0, 44 + 301))).toMatchObject({ dataBytes: 300, missingBytes: 699 });
  });

  test("a coding that only ffmpeg knows is left to it", async () => {
    expect(await headerOf(wav({ code: 0x11, bits: 4, data }))).toMatchObject({ coding: "other" });
  });

  test.each([
    ["cut before the samples", wav({ data }).subarray(0, 40)],
    ["without a format", Buffer.from("RIFF\x0c\0\0\0WAVEdata\0\0\0\0", "latin1")],
    ["of no channel", wav({ data, channels: 0 })],
    ["of 4 GHz", wav({ data, sampleRate: 0xffffffff })],
    ["of empty chunks without end", Buffer.concat([Buffer.from("RIFF\0\0\0\0WAVE"), Buffer.alloc(800_000)])],
  ])("a wav %s is refused", async (_, bytes) => {
    await expect(headerOf(bytes)).rejects.toMatchObject({ code: "invalid-request" });
  });

  test("what is no wav has no header", async () => {
    expect(await readWavHeader(await openReader(fileOf(Buffer.from("RIFF\0\0\0\0AVI LIST"))))).toBeUndefined();
    expect(await readWavHeader(await openReader(fileOf(new Uint8Array(3))))).toBeUndefined();
  });
});

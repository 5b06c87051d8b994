import { InhouseError } from "../core/error.ts";
import type { ByteReader } from "./byte-reader.ts";

/** How a wav writes a sample; `other` is left to ffmpeg. */
export type WavCoding = "integer" | "float" | "a-law" | "mu-law" | "other";

/** How the samples of a wav are written. */
export interface WavFormat {
  readonly coding: WavCoding;
  /** Samples a second. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Bytes of one sample of one channel. */
  readonly sampleBytes: number;
}

/** What a wav says of itself before its samples. */
export interface WavHeader extends WavFormat {
  /** Where the samples begin. */
  readonly dataOffset: number;
  /** Bytes of whole samples that are there. */
  readonly dataBytes: number;
  /** Bytes that the header promises and the file has not: it was cut off. */
  readonly missingBytes: number;
  /** Whether the header gives the length as it is; whoever writes into a pipe does not know it and leaves 0 or the highest number. */
  readonly isSized: boolean;
}

/** Most chunks that are passed over before the samples. */
const mostChunks = 1_000;
/** Lengths from here on mean "not known": writers into pipes leave 0x7FFFF000 and more, or 0xFFFFFFFF. */
const unknownSize = 0x7fff_f000;
const codings: Readonly<Record<number, WavCoding>> = { 1: "integer", 3: "float", 6: "a-law", 7: "mu-law" };
const extensibleCode = 0xfffe;

/**
 * Reads the header of a RIFF or RF64 wave file; undefined where it is none. Chunks that are not about the samples are passed over.
 * Throws `invalid-request` where it has no samples, or a format that cannot be (no channel or more than 64; less than 1,000 or more than 768,000 samples a second).
 */
export async function readWavHeader(reader: ByteReader): Promise<WavHeader | undefined> {
  const riff = view(await reader.read(0, 12));
  if (riff.byteLength < 12 || !["RIFF", "RF64"].includes(tag(riff, 0)) || tag(riff, 8) !== "WAVE") return undefined;
  let format: WavFormat | undefined;
  let longSize: number | undefined;
  let offset = 12;
  for (let chunks = 0; chunks < mostChunks; chunks++) {
    const chunk = view(await reader.read(offset, 8));
    if (chunk.byteLength < 8) break;
    const name = tag(chunk, 0);
    const size = chunk.getUint32(4, true);
    offset += 8;
    if (name === "ds64") longSize = longSizeOf(view(await reader.read(offset, 16)));
    if (name === "fmt ") format = formatOf(view(await reader.read(offset, 26)));
    if (name === "data") {
      if (!format) break;
      const there = reader.sizeBytes - offset;
      const isWhole = riff.getUint32(4, true) + 8 === reader.sizeBytes;
      const isSaid = size === 0 ? isWhole || there === 0 : size < unknownSize || size <= there;
      const said = longSize ?? (isSaid ? size : undefined);
      return { ...format, dataOffset: offset, ...lengthOf(there, said, format.channels * format.sampleBytes) };
    }
    offset += size + (size % 2); // a chunk begins at an even place
  }
  throw new InhouseError(
    "invalid-request",
    "The wav has no samples, or does not say before them how they are written.",
    {
      hint: "The file is cut off or damaged: export it again.",
    },
  );
}

/** How many bytes of samples there are, and how many there should be. */
function lengthOf(
  there: number,
  said: number | undefined,
  frameBytes: number,
): Omit<WavHeader, keyof WavFormat | "dataOffset"> {
  const bytes = Math.min(said ?? there, there);
  return {
    dataBytes: bytes - (bytes % frameBytes),
    missingBytes: said === undefined ? 0 : said - bytes,
    isSized: said !== undefined,
  };
}

/** The length of the samples in 64 bits, as RF64 has it. */
function longSizeOf(chunk: DataView): number | undefined {
  return chunk.byteLength < 16 ? undefined : Number(chunk.getBigUint64(8, true)) || undefined;
}

function formatOf(chunk: DataView): WavFormat | undefined {
  if (chunk.byteLength < 16) return undefined;
  const code = chunk.getUint16(0, true);
  const channels = chunk.getUint16(2, true);
  const sampleRate = chunk.getUint32(4, true);
  const sampleBytes = Math.ceil(chunk.getUint16(14, true) / 8);
  if (channels < 1 || channels > 64 || sampleRate < 1_000 || sampleRate > 768_000) {
    throw new InhouseError("invalid-request", `The wav says it has ${channels} channels of ${sampleRate} Hz.`, {
      hint: "The file is damaged: export it again.",
    });
  }
  // WAVE_FORMAT_EXTENSIBLE: the code stands in the first bytes of the sub-format.
  const sub = code === extensibleCode && chunk.byteLength >= 26 ? chunk.getUint16(24, true) : code;
  const coding = codings[sub] ?? "other";
  const widths = { integer: [1, 2, 3, 4], float: [4, 8], "a-law": [1], "mu-law": [1], other: [] as number[] };
  return {
    coding: widths[coding].includes(sampleBytes) ? coding : "other",
    channels,
    sampleRate,
    sampleBytes: Math.max(1, sampleBytes),
  };
}

/** A wav of one channel of 16-bit samples. */
export function writeWav(samples: Int16Array, sampleRate: number): Uint8Array {
  const bytes = new Uint8Array(44 + samples.byteLength);
  const header = view(bytes);
  const text = (offset: number, letters: string): void => {
    for (let index = 0; index < letters.length; index++) bytes[offset + index] = letters.charCodeAt(index);
  };
  text(0, "RIFF");
  header.setUint32(4, 36 + samples.byteLength, true);
  text(8, "WAVEfmt ");
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, sampleRate, true);
  header.setUint32(28, sampleRate * 2, true);
  header.setUint16(32, 2, true);
  header.setUint16(34, 16, true);
  text(36, "data");
  header.setUint32(40, samples.byteLength, true);
  bytes.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), 44);
  return bytes;
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const tag = (bytes: DataView, offset: number): string =>
  String.fromCharCode(...[0, 1, 2, 3].map((index) => bytes.getUint8(offset + index)));

import type { WavFormat } from "./wav.ts";

/** Whole frames of a wav, its channels mixed to one, as numbers from -1 to 1. What is louder is clipped, what is no number is silent. */
export function mixToMono(bytes: Uint8Array, { coding, channels, sampleBytes }: WavFormat): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sampleAt = readers[`${coding} ${sampleBytes}`] ?? silent;
  const mono = new Float32Array(Math.floor(bytes.byteLength / (channels * sampleBytes)));
  for (let frame = 0, offset = 0; frame < mono.length; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++, offset += sampleBytes) sum += sampleAt(view, offset);
    const mixed = sum / channels;
    mono[frame] = mixed > 1 ? 1 : mixed < -1 ? -1 : mixed === mixed ? mixed : 0;
  }
  return mono;
}

/** 16-bit samples of numbers from -1 to 1. */
export function toSixteenBits(samples: Float32Array): Int16Array {
  const written = new Int16Array(samples.length);
  for (let index = 0; index < samples.length; index++) {
    const scaled = Math.round((samples[index] ?? 0) * 32_768);
    written[index] = scaled > 32_767 ? 32_767 : scaled < -32_768 ? -32_768 : scaled;
  }
  return written;
}

type SampleReader = (view: DataView, offset: number) => number;

const silent: SampleReader = () => 0;

const readers: Readonly<Record<string, SampleReader>> = {
  "integer 1": (view, offset) => (view.getUint8(offset) - 128) / 128,
  "integer 2": (view, offset) => view.getInt16(offset, true) / 32_768,
  "integer 3": (view, offset) => (view.getUint16(offset, true) + view.getInt8(offset + 2) * 65_536) / 8_388_608,
  "integer 4": (view, offset) => view.getInt32(offset, true) / 2_147_483_648,
  "float 4": (view, offset) => view.getFloat32(offset, true),
  "float 8": (view, offset) => view.getFloat64(offset, true),
  "a-law 1": (view, offset) => aLaw(view.getUint8(offset)),
  "mu-law 1": (view, offset) => muLaw(view.getUint8(offset)),
};

/** G.711, the coding of European telephones. */
function aLaw(byte: number): number {
  const code = byte ^ 0x55;
  const exponent = (code >> 4) & 7;
  const mantissa = ((code & 15) << 4) + 8;
  const size = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return ((code & 0x80) === 0 ? -size : size) / 32_768;
}

/** G.711, the coding of telephones in North America and Japan. */
function muLaw(byte: number): number {
  const code = ~byte;
  const size = ((((code & 15) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84;
  return ((code & 0x80) === 0 ? size : -size) / 32_768;
}

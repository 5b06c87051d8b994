/** Samples a second. */
const rate = 16_000;

/** A WAV file of that much silence, 16 kHz, mono, 16 bit; its samples can be given in place of silence. */
export function silentRecording(ms: number, samples: Uint8Array = new Uint8Array((rate / 1_000) * ms * 2)): Uint8Array {
  const file = new Uint8Array(44 + samples.length);
  const view = new DataView(file.buffer);
  const write = (at: number, text: string): void => {
    for (let index = 0; index < text.length; index += 1) view.setUint8(at + index, text.charCodeAt(index));
  };
  write(0, "RIFF");
  view.setUint32(4, 36 + samples.length, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write(36, "data");
  view.setUint32(40, samples.length, true);
  file.set(samples, 44);
  return file;
}

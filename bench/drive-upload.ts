import { verifyAnswer } from "./answer.ts";
import { measured, outcomeOf, type Outcome, type Region } from "./outcome.ts";
import type { OpenSubject } from "./subject.ts";
import type { Size } from "./workloads.ts";

const fileBytes = 32_000_000;

/** A sound of 32 MB, of no particular content. */
function wav(): Uint8Array {
  const bytes = Buffer.alloc(fileBytes);
  for (let at = 44; at < fileBytes; at += 1) bytes[at] = (at * 131 + (at >> 8)) & 255;
  bytes.write("RIFF", 0, "latin1");
  bytes.writeUInt32LE(fileBytes - 8, 4);
  bytes.write("WAVEfmt ", 8, "latin1");
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(16_000, 24);
  bytes.writeUInt32LE(32_000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36, "latin1");
  bytes.writeUInt32LE(fileBytes - 44, 40);
  return bytes;
}

/** Sends a file of 32 MB: the processor's time, and the most memory beside the file itself. */
export async function upload(open: OpenSubject, place: string, size: Size, region: Region): Promise<Outcome> {
  const { tokens, warmUp, answers } = size;
  const subject = open(`${place}/${tokens}`);
  const file = wav();
  const texts: string[] = [];
  const calls = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) texts.push((await subject.upload?.(file)) ?? "");
  };
  await calls(warmUp);
  const all = await measured(region, Number.POSITIVE_INFINITY, () => calls(answers));
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let peak = before;
  const sampling = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 1);
  await calls(1);
  clearInterval(sampling);
  for (const text of texts) verifyAnswer({ text, deltas: tokens }, tokens);
  await subject.close?.();
  // In milliseconds: microseconds are for what is called often.
  return outcomeOf({ upload: [all, answers * 1_000] }, { "peak rss": (fileBytes + peak - before) / 1e6 });
}

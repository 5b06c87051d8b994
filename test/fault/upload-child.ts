/**
 * Sends a file to a server that reads whatever comes, as its base64 in the body of a chat, and prints what that cost: how
 * much memory the process had at the most, over what it had before, and the processor's time beside that of a body made
 * as a text and sent at once.
 *
 *     node --import tsx test/fault/upload-child.ts ORIGIN PATH SMALL
 *
 * The small file is sent first, so that all code is loaded.
 */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";

import { Client } from "undici";

import { openFile } from "../../src/client/files/open-file.ts";
import type { CallContext } from "../../src/core/handler.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";

/** What an upload cost. */
export interface Uploaded {
  /** The largest resident size while a file is read and sent, over that of before, in a process that has sent some. */
  readonly peakMiB: number;
  /** Milliseconds of the processor for an upload, and for the floor's; the least of several. */
  readonly cpuMs: number;
  readonly floorMs: number;
}

const [origin = "", path = "", small = ""] = process.argv.slice(2);
const provider = openaiCompatible({ baseURL: origin });
const context: CallContext = {
  id: "upload",
  signal: new AbortController().signal,
  attempt: 1,
  tags: {},
  timeouts: {},
};

async function upload(data: Uint8Array): Promise<void> {
  const messages = [{ role: "user", content: [{ type: "audio", mediaType: "audio/wav", data }] }] as const;
  const request = { kind: "chat", model: "m", messages, sampling: {}, stream: false } as const;
  for await (const _ of provider.send(request, context));
}

const floor = new Client(origin);
async function uploadAtOnce(data: Uint8Array): Promise<void> {
  const input_audio = {
    data: Buffer.from(data.buffer, data.byteOffset, data.length).toString("base64"),
    format: "wav",
  };
  const body = JSON.stringify({
    model: "m",
    messages: [{ role: "user", content: [{ type: "input_audio", input_audio }] }],
  });
  const reply = await floor.request({ method: "POST", path: "/v1/chat/completions", body });
  await reply.body.dump();
}

async function cpuMs(run: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const bytesAt = async (place: string): Promise<Uint8Array> =>
  (await openFile({ path: place }, { media: { paths: [dirname(place)] } })).bytes();
for (let time = 0; time < 20; time += 1) await upload(await bytesAt(small));
globalThis.gc?.();
const before = process.memoryUsage.rss();
let peak = before;
const sampling = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 1);
await upload(await bytesAt(path));
clearInterval(sampling);
const peakMiB = (peak - before) / 1_048_576;

const data = await readFile(path);
const times: Record<"own" | "floor", number[]> = { own: [], floor: [] };
for (let time = 0; time < 4; time += 1) {
  times.own.push(await cpuMs(() => upload(data)));
  times.floor.push(await cpuMs(() => uploadAtOnce(data)));
}
await provider.close();
await floor.close();
const uploaded: Uploaded = { peakMiB, cpuMs: Math.min(...times.own), floorMs: Math.min(...times.floor) };
process.stdout.write(`${JSON.stringify(uploaded)}\n`);

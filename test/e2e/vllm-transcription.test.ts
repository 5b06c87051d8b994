import { spawnSync } from "node:child_process";
import { openAsBlob, readFileSync } from "node:fs";

import { afterAll, beforeAll, describe, expect, inject, test as always } from "vitest";

import { startVllm, type RunningServer } from "../../scripts/servers/index.ts";
import { transcribe } from "../../src/client/transcription/transcribe.ts";
import type { SoundReader } from "../../src/client/transcription/transcription-input.ts";
import { silentRecording } from "../../src/core/silent-recording.ts";
import { createClient, toSrt, toVtt } from "../../src/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { contractCases } from "../../src/testing/index.ts";
import { hearingClient } from "../support/spoken.ts";
import { wordErrorRate } from "../support/word-error-rate.ts";

const shared = inject("vllm");
const test = "unavailable" in shared ? always.skip : always;
const place = (name: string): URL => new URL(`../fixtures/media/${name}`, import.meta.url);
const said = readFileSync(place("spoken-meeting.txt"), "utf8");

let server: RunningServer | undefined;
beforeAll(async () => {
  if (!("unavailable" in shared)) server = await startVllm({ model: "speech" });
}, 400_000);
afterAll(() => server?.stop());

const baseURL = (): string => server?.url ?? "";
const meeting = (): Promise<Blob> => openAsBlob(place("spoken-meeting.ogg").pathname);

describe("a meeting of a minute, spoken by flite", () => {
  test("is written down nearly word for word, as a whole and as it comes", { timeout: 300_000 }, async () => {
    await using client = createClient({ provider: vllm({ baseURL: baseURL() }) });
    const whole = await client.transcribe({ audio: await meeting(), language: "en", temperature: 0 });
    expect(wordErrorRate(said, whole.text)).toBeLessThan(0.1);
    expect(whole.warnings).toEqual([]);
    const deltas: string[] = [];
    const stream = client.streamTranscription({ audio: await meeting(), language: "en", temperature: 0 });
    for await (const text of stream.text) deltas.push(text);
    expect(deltas.length).toBeGreaterThan(100);
    expect(deltas.join("").trim()).toBe(whole.text);
    expect((await stream.result).text).toBe(whole.text);
  });

  test("has segments with times, in which nothing that was said is missing", { timeout: 300_000 }, async () => {
    await using client = createClient({ provider: vllm({ baseURL: baseURL() }) });
    const result = await client.transcribe({ audio: await meeting(), timestamps: "segment" });
    expect(result.language).toBe("en");
    expect(result.durationMs).toBeGreaterThan(65_000);
    expect(result.segments.length).toBeGreaterThan(10);
    for (const [index, { startMs, endMs }] of result.segments.entries()) {
      expect(startMs).toBeGreaterThanOrEqual(result.segments[index - 1]?.startMs ?? 0);
      expect(endMs).toBeGreaterThanOrEqual(startMs);
      expect(endMs).toBeLessThanOrEqual(66_000);
    }
    expect(wordErrorRate(said, result.segments.map(({ text }) => text).join(" "))).toBeLessThan(0.1);
    const trucks = result.segments.find(({ text }) => text.includes("trucks"));
    expect(trucks?.startMs).toBeGreaterThan(14_000);
    expect(trucks?.endMs).toBeLessThan(30_000);
    expect(toSrt(result)).toMatch(/^1\n00:00:00,000 --> /);
    expect(toVtt(result)).toContain("warehouse");
  });

  test("is the same when it is cut in pieces that overlap", { timeout: 300_000 }, async (context) => {
    const pcm = decoded();
    if (!pcm) return context.skip("There is no ffmpeg on PATH to decode the recording.");
    const provider = vllm({ baseURL: baseURL() });
    const input = { audio: silentRecording(0, pcm), pieceMs: 22_000, overlapMs: 5_000 } as const;
    const settings = { ...hearingClient(provider), sound: evenPieces(pcm) };
    const joined = await transcribe(input, settings);
    expect(wordErrorRate(said, joined.text)).toBeLessThan(0.1);
    const timed = await transcribe({ ...input, timestamps: "segment" }, settings);
    expect(wordErrorRate(said, timed.text)).toBeLessThan(0.1);
    expect(timed.segments.at(-1)?.endMs).toBeGreaterThan(60_000);
    await provider.close();
  });
});

test("errors say what to do: a file that is none, a model that is none", async () => {
  await using client = createClient({ provider: vllm({ baseURL: baseURL() }) });
  const broken = silentRecording(0, new Uint8Array()).slice(0, 20);
  await expect(client.transcribe({ audio: broken })).rejects.toMatchObject({ code: "invalid-request" });
  const audio = silentRecording(500);
  await expect(client.transcribe({ audio, model: "none" })).rejects.toMatchObject({ code: "not-found" });
  await expect(client.chat({ messages: "Hello" })).rejects.toMatchObject({ code: "unsupported" });
  expect(await client.warmUp()).toMatchObject({ by: "transcription" });
});

for (const contractCase of contractCases.filter(({ about }) => about === "transcription")) {
  test(`it ${contractCase.name}, by the protocol alone too`, async () => {
    for (const provider of [vllm, openaiCompatible]) {
      const connect = () => provider({ baseURL: baseURL() });
      await contractCase.run({ provider: connect, model: "whisper", supports: { transcription: "yes" } }, expect);
    }
  });
}

/** The samples of a recording, 16 kHz, mono, 16 bit. */
function decoded(): Uint8Array | undefined {
  const options = [
    "-loglevel",
    "error",
    "-i",
    place("spoken-meeting.ogg").pathname,
    "-ar",
    "16000",
    "-ac",
    "1",
    "-f",
    "s16le",
    "-",
  ];
  const { status, stdout } = spawnSync("ffmpeg", options, { maxBuffer: 10_000_000 });
  return status === 0 ? stdout : undefined;
}

/** Cuts samples without regard for what is said there. */
function evenPieces(samples: Uint8Array): SoundReader {
  const bytesPerMs = 32;
  const durationMs = samples.length / bytesPerMs;
  return {
    facts: () => Promise.resolve({ durationMs }),
    async *pieces(_, { longestMs, overlapMs }) {
      for (let startMs = 0; startMs === 0 || startMs + overlapMs < durationMs; startMs += longestMs - overlapMs) {
        const endMs = Math.min(startMs + longestMs, durationMs);
        const data = silentRecording(0, samples.subarray(startMs * bytesPerMs, endMs * bytesPerMs));
        yield await Promise.resolve({ startMs, endMs, data, mediaType: "audio/wav" });
      }
    },
  };
}

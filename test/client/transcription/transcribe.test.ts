import { describe, expect, test } from "vitest";

import { transcribe } from "../../../src/client/transcription/transcribe.ts";
import type { TranscriptionProgress } from "../../../src/client/transcription/transcription-input.ts";
import { no } from "../../../src/core/capability.ts";
import { InhouseError } from "../../../src/core/error.ts";
import { createClient } from "../../../src/index.ts";
import { vllm } from "../../../src/providers/vllm/index.ts";
import { fakeVllm, memory } from "../../../src/testing/index.ts";
import { failureOf } from "../../support/loopback.ts";
import { hearingClient, longRecordingOf, recordingOf, wordMs } from "../../support/spoken.ts";

const words = Array.from({ length: 120 }, (_, at) => `word${at}${at % 9 === 8 ? "." : ""}`);
const long = { audio: longRecordingOf(words.join(" ")), pieceMs: 40 * wordMs, overlapMs: 10 * wordMs } as const;

describe("a short recording", () => {
  test("is sent as it is, under a name by its content", async () => {
    const provider = memory();
    const client = createClient({ provider });
    const audio = recordingOf("Good morning. How are you?");
    const result = await client.transcribe({
      audio: new Blob([audio]),
      language: "en",
      temperature: 0,
      timestamps: "word",
    });
    expect(result).toMatchObject({
      text: "Good morning. How are you?",
      segments: [
        { startMs: 0, endMs: 800, text: "Good morning." },
        { startMs: 800, endMs: 2_000, text: "How are you?" },
      ],
      language: "en",
      durationMs: 2_000,
      warnings: [],
    });
    expect(result.words?.map(({ text }) => text)).toEqual(["Good", "morning.", "How", "are", "you?"]);
    expect(provider.requests).toMatchObject([
      { kind: "transcription", mediaType: "audio/wav", fileName: "recording.wav", language: "en", temperature: 0 },
    ]);
  });

  test("goes as a form to a server that hears, and what that does not tell is missing with a warning", async () => {
    await using server = await fakeVllm({ task: "transcribe" });
    await using client = createClient({ provider: vllm({ baseURL: server.url }) });
    const result = await client.transcribe({
      audio: recordingOf("One two. Three."),
      name: "call.wav",
      prompt: "Names: Anna",
      timestamps: "word",
    });
    expect(result).toMatchObject({ text: "One two. Three.", segments: [{ text: "One two." }, { text: "Three." }] });
    expect(result.words).toBeUndefined();
    expect(result.warnings).toMatchObject([{ option: "timestamps" }]);
    const form = server.requests.findLast(({ path }) => path === "/v1/audio/transcriptions");
    expect(form?.files?.["file"]).toMatchObject({ fileName: "call.wav", mediaType: "audio/wav" });
    expect(form?.body).toMatchObject({ model: "fake", prompt: "Names: Anna" });
  });

  test.each([
    [{ audio: new Uint8Array() }, "invalid-request"],
    [{ audio: Buffer.from("\x89PNG\r\n\x1a\n", "latin1") }, "invalid-request"],
    [{ audio: recordingOf("a"), language: "english" }, "invalid-request"],
    [{ audio: recordingOf("a"), timestamps: "line" }, "invalid-request"],
    [{ audio: recordingOf("a"), pieceMs: 10_000, overlapMs: 9_000 }, "invalid-request"],
    [{ audio: recordingOf("a"), lang: "en" }, "invalid-request"],
    [{ audio: "a.wav" }, "invalid-request"],
    [{ audio: { path: "a.wav" } }, "policy"],
  ])("is refused before anything is sent: %#", async (input, code) => {
    const provider = memory();
    expect((await failureOf(createClient({ provider }).transcribe(input as never))).code).toBe(code);
    expect(provider.requests).toEqual([]);
  });
});

test("a model without ears says so before the upload, and what would have some", async () => {
  await using server = await fakeVllm();
  await using client = createClient({ provider: vllm({ baseURL: server.url }) });
  const error = await failureOf(client.transcribe({ audio: recordingOf("a") }));
  expect(error.code).toBe("unsupported");
  expect(error.message).toContain("/v1/audio/transcriptions");
  expect(error.hint).toContain("whisper");
  expect(server.requests.some(({ path }) => path === "/v1/audio/transcriptions")).toBe(false);
  const deaf = { ...memory(), capabilities: { ...memory().capabilities, transcription: no("told", "Get ears.") } };
  expect((await failureOf(createClient({ provider: deaf }).transcribe({ audio: recordingOf("a") }))).hint).toBe(
    "Get ears.",
  );
});

describe("a long recording", () => {
  test.each([undefined, "segment", "word"] as const)("is put together again, times: %s", async (timestamps) => {
    const provider = memory({ delayMs: 1 });
    let most = 0;
    const steps: TranscriptionProgress[] = [];
    const result = await transcribe(
      {
        ...long,
        ...(timestamps === undefined ? {} : { timestamps }),
        onProgress(progress) {
          steps.push(progress);
          most = Math.max(most, provider.running);
        },
      },
      hearingClient(provider),
    );
    expect(result.text).toBe(words.join(" "));
    expect(provider.requests.length).toBe(4);
    expect(most).toBeLessThanOrEqual(2);
    expect(result.durationMs).toBe(words.length * wordMs);
    expect(steps.at(-1)).toMatchObject({ doneMs: words.length * wordMs, totalMs: words.length * wordMs });
    expect(result.segments.length > 0).toBe(timestamps !== undefined);
    for (const [index, { startMs, endMs }] of result.segments.entries()) {
      expect([startMs <= endMs, startMs >= (result.segments[index - 1]?.startMs ?? 0)]).toEqual([true, true]);
    }
    if (timestamps === "word") expect(result.words?.map(({ text }) => text)).toEqual(words);
  });

  test("has no times beyond the end of a piece, whatever a server says", async () => {
    const provider = memory({
      reply: () => [
        { type: "start" },
        { type: "text-delta", choice: 0, text: "One." },
        { type: "segment", startMs: 0, endMs: 30_000, text: "One." },
        { type: "finish", finishReasons: [] },
      ],
    });
    const { segments } = await transcribe({ ...long, timestamps: "segment", overlapMs: 0 }, hearingClient(provider));
    expect(segments.map(({ endMs }) => endMs)).toEqual([16_000, 32_000, 48_000]);
  });

  test("that fails in the middle keeps what it has, and goes on from there", async () => {
    let broken = true;
    const gone = new InhouseError("server", "It broke.");
    const provider = memory({ reply: (_, call) => (broken && call === 3 ? gone : undefined) });
    const settings = hearingClient(provider);
    const error = await failureOf(transcribe({ ...long, timestamps: "segment", concurrency: 1 }, settings));
    expect(error).toMatchObject({ code: "server", message: "It broke." });
    expect(error.partial?.text).toBe(words.slice(0, 70).join(" "));
    expect(error.partial?.segments?.at(-1)?.endMs).toBe(70 * wordMs);
    broken = false;
    const checkpoint = JSON.parse(JSON.stringify(error.partial?.checkpoint)) as never;
    const result = await transcribe({ ...long, timestamps: "segment", checkpoint }, settings);
    expect(result.text).toBe(words.join(" "));
    expect(provider.requests.length).toBe(3 + 2);
    const whole = await transcribe(
      { ...long, checkpoint: { pieces: [...(checkpoint as { pieces: [] }).pieces] } },
      settings,
    );
    expect(whole.text).toBe(words.join(" "));
  });

  test("lets the pieces that run come to their end when another fails, and begins no other", async () => {
    const provider = memory({
      delayMs: 1,
      reply: (_, call) => (call === 1 ? new InhouseError("server", "It broke.") : undefined),
    });
    const error = await failureOf(transcribe(long, hearingClient(provider)));
    expect(error.partial?.text).toBe("");
    expect(error.partial?.checkpoint?.pieces.map(({ startMs }) => startMs)).toEqual([30 * wordMs]);
    expect(provider.requests.length).toBe(2);
  });

  test("tells each piece the end of the one before it where that is wanted", async () => {
    const provider = memory();
    await transcribe({ ...long, prompt: "Names: Anna.", continuity: true }, hearingClient(provider));
    const prompts = provider.requests.map((request) => (request.kind === "transcription" ? request.prompt : ""));
    expect(prompts[0]).toBe("Names: Anna.");
    expect(prompts[1]).toBe(`Names: Anna. ${words.slice(0, 40).join(" ")}`);
  });

  test("ends with the caller's signal", async () => {
    const controller = new AbortController();
    const provider = memory({ delayMs: 5 });
    const run = failureOf(
      transcribe({ ...long, signal: controller.signal, onProgress: () => controller.abort() }, hearingClient(provider)),
    );
    expect((await run).code).toBe("abort");
    expect(provider.requests.length).toBeLessThan(4);
  });
});

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import type { AnalysisProgress } from "../../../src/client/analysis/analysis-input.ts";
import type { TranscriptionInput } from "../../../src/client/transcription/transcription-input.ts";
import { InhouseError } from "../../../src/core/error.ts";
import type { TranscriptionResult } from "../../../src/core/result.ts";
import type { TranscribedPiece } from "../../../src/core/transcript.ts";
import { failureOf } from "../../support/loopback.ts";
import { noteTaker } from "../../support/note-taker.ts";

const folder = fileURLToPath(new URL("../../fixtures/media/", import.meta.url));
const fixture = (name: string): Uint8Array => readFileSync(folder + name);
const task = "Extract what matters.";

describe("a PDF", () => {
  test("is read by its text, page by page", async () => {
    const { client, calls } = noteTaker();
    const seen: AnalysisProgress[] = [];
    const result = await client.analyze({
      file: fixture("manual.pdf"),
      task,
      onProgress: (progress) => seen.push(progress),
    });
    expect(calls[0]?.text).toMatch(/^\[page 1\]\nPump Type PX-200[^]+\[page 2\]\n[^]+\[page 3\]\n[^]+seal PX-47/);
    expect(result.sources).toEqual([{ page: 1 }, { page: 2 }, { page: 3 }]);
    expect(result.cited).toEqual([{ page: 1 }]);
    expect(seen.filter(({ stage }) => stage === "read")).toEqual(
      [1, 2, 3].map((page) => ({ stage: "read", done: page, total: 3, source: { page } })),
    );
  });

  test("that is longer than the window has each page in exactly one group, but one that is too long for a call", async () => {
    const { client, of } = noteTaker({ contextLength: 1_600 });
    const result = await client.analyze({ file: fixture("manual.pdf"), task });
    expect(of("notes").length).toBeGreaterThan(1);
    const shown = of("notes")
      .map(({ text }) => text.replaceAll(/^\[page \d\]\n|Extract what matters\.$/gm, ""))
      .join("")
      .replaceAll(/\s/g, "");
    const whole = noteTaker({ contextLength: 100_000 });
    await whole.client.analyze({ file: fixture("manual.pdf"), task });
    const once = whole.calls[0]?.text.replaceAll(/^\[page \d\]\n|Extract what matters\.$/gm, "").replaceAll(/\s/g, "");
    expect(shown).toBe(once);
    expect(result.sources).toEqual([{ page: 1 }, { page: 2 }, { page: 3 }]);
  });

  test("without a text layer is shown to a model that sees, and refused to one that does not", async () => {
    const { client, calls } = noteTaker({ senses: ["image"] });
    const result = await client.analyze({ file: fixture("scan.pdf"), task });
    expect(result.sources).toEqual([{ page: 1 }, { page: 2 }]);
    expect(calls.flatMap(({ media }) => media)).toEqual(["image/png", "image/png"]);
    const blind = noteTaker();
    const error = await failureOf(
      blind.client.analyze({ file: { data: fixture("scan.pdf"), name: "scan.pdf" }, task }),
    );
    expect(error).toMatchObject({
      code: "unsupported",
      message: /^scan\.pdf: no page has a text layer.*a test of image/,
    });
    expect(error.hint).toContain("Use a model that sees");
    expect(blind.calls).toEqual([]);
  });

  test("is looked at as pictures, or read as text alone, where the caller says so", async () => {
    const { client, calls } = noteTaker({ senses: ["image"], contextLength: 20_000 });
    await client.analyze({ file: fixture("manual.pdf"), task, modalities: ["image"] });
    expect(calls[0]?.media).toHaveLength(3);
    const error = await failureOf(client.analyze({ file: fixture("scan.pdf"), task, modalities: ["text"] }));
    expect(error).toMatchObject({ code: "unsupported", message: /modalities leaves image out/ });
  });
});

describe("pictures", () => {
  test("are told apart by their number", async () => {
    const { client, calls } = noteTaker({ senses: ["image"] });
    const parts = [
      { type: "image", data: fixture("corners.png") },
      { data: fixture("corners.jpg"), name: "after.jpg" },
    ] as const;
    const result = await client.analyze({ parts, task: "Compare them." });
    expect(calls[0]).toMatchObject({ marks: ["picture 1", "picture 2"], media: ["image/png", "image/jpeg"] });
    expect(result.sources).toEqual([{ part: 1 }, { part: 2 }]);
    expect(result.cited).toEqual([{ part: 1 }]);
  });

  test("need a model that sees", async () => {
    const { client, calls } = noteTaker();
    const error = await failureOf(client.analyze({ image: fixture("corners.png"), task }));
    expect(error).toMatchObject({ code: "unsupported", model: "memory", message: /a test of image/ });
    expect(calls).toEqual([]);
  });
});

/** Pieces of ten seconds, each a sentence of its number. */
const piecesTo = (count: number): readonly TranscribedPiece[] =>
  Array.from({ length: count }, (_, index) => {
    const [startMs, endMs, text] = [index * 10_000, (index + 1) * 10_000, `Sentence ${index + 1}.`];
    return { startMs, endMs, text, segments: [{ startMs, endMs, text }], words: [] };
  });

const heard = (pieces: readonly TranscribedPiece[]): TranscriptionResult => ({
  callId: "1",
  text: pieces.map(({ text }) => text).join(" "),
  segments: pieces.flatMap(({ segments }) => segments),
  timings: { totalMs: 1 },
  warnings: [],
  failedAttempts: [],
  raw: [],
});

/** Writes down a recording of that many pieces; the `failing` one fails, once. */
function fakeTranscriber(count: number, failing?: number) {
  const asked: TranscriptionInput[] = [];
  let isDown = failing !== undefined;
  return {
    asked,
    transcribe(input: TranscriptionInput): Promise<TranscriptionResult> {
      asked.push(input);
      const all = piecesTo(count);
      const done = isDown ? all.filter((_, index) => index + 1 !== failing) : all;
      input.onProgress?.({ doneMs: 10_000, totalMs: count * 10_000, checkpoint: { pieces: done } });
      if (!isDown) return Promise.resolve(heard(all));
      isDown = false;
      const partial = { text: "", reasoning: "", toolCalls: [], checkpoint: { pieces: done } };
      return Promise.reject(new InhouseError("server", "The server failed.", { partial }));
    },
  };
}

describe("a recording", () => {
  test("is written down by the transcriber, and analysed with its times", async () => {
    const { client, calls } = noteTaker();
    const transcriber = fakeTranscriber(7);
    const seen: AnalysisProgress[] = [];
    const result = await client.analyze({
      audio: fixture("spoken.wav"),
      task,
      transcriber: { client: transcriber, model: "whisper" },
      onProgress: (progress) => seen.push(progress),
    });
    expect(transcriber.asked).toHaveLength(1);
    expect(transcriber.asked[0]).toMatchObject({ model: "whisper", timestamps: "segment", concurrency: 2 });
    expect(calls[0]?.marks).toEqual(["00:00", "00:30", "01:00"]);
    expect(calls[0]?.text).toContain("[00:30]\nSentence 4. Sentence 5. Sentence 6.\n");
    expect(result.sources).toEqual([
      { fromMs: 0, toMs: 30_000 },
      { fromMs: 30_000, toMs: 60_000 },
      { fromMs: 60_000, toMs: 70_000 },
    ]);
    expect(result.transcript?.text).toMatch(/^Sentence 1\. .* Sentence 7\.$/);
    expect(result.transcript?.stretches[2]).toEqual({ fromMs: 60_000, toMs: 70_000, text: "Sentence 7." });
    const times = seen.filter(({ stage }) => stage === "transcribe").map(({ done }) => done);
    expect(times).toEqual([0, 10_000, 70_000]);
  });

  test("that fails on the way goes on from what was written down", async () => {
    const { client, calls } = noteTaker();
    const transcriber = fakeTranscriber(6, 4);
    const asked = { audio: { data: fixture("spoken.wav"), name: "meeting.wav" }, task, transcriber };
    const error = await failureOf(client.analyze(asked));
    expect(error).toMatchObject({ code: "server", message: "The analysis stopped at 00:30: The server failed." });
    expect(calls).toEqual([]);
    const resume = error.partial?.analysis;
    const result = await client.analyze({ ...asked, ...(resume && { resume }) });
    expect(transcriber.asked[1]?.checkpoint?.pieces).toHaveLength(5);
    expect(result.transcript?.text).toContain("Sentence 4.");
  });

  test("with a gap is analysed without it where the caller says so", async () => {
    const { client } = noteTaker();
    const transcriber = fakeTranscriber(6, 4);
    const result = await client.analyze({ audio: fixture("spoken.wav"), task, transcriber, onPieceError: "skip" });
    expect(result.failedPieces).toEqual([
      { sources: [{ fromMs: 30_000, toMs: 40_000 }], code: "server", message: "The server failed." },
    ]);
    expect(result.transcript?.text).toBe("Sentence 1. Sentence 2. Sentence 3. Sentence 5. Sentence 6.");
  });

  test("whose failure comes later is not written down again", async () => {
    let isDown = true;
    const { client } = noteTaker({ script: () => (isDown ? new InhouseError("server", "Down.") : undefined) });
    const transcriber = fakeTranscriber(3);
    const asked = { audio: fixture("spoken.wav"), task, transcriber };
    const error = await failureOf(client.analyze(asked));
    isDown = false;
    const resume = error.partial?.analysis;
    const result = await client.analyze({ ...asked, ...(resume && { resume }) });
    expect(transcriber.asked).toHaveLength(1);
    expect(result.transcript?.text).toBe("Sentence 1. Sentence 2. Sentence 3.");
  });

  test("is written down by the client itself where its server can", async () => {
    const { client, calls } = noteTaker({ senses: ["transcription", "audio"] });
    const header = fixture("spoken.wav").subarray(0, 44);
    const audio = Buffer.concat([header, Buffer.from("We move on Friday. Anna orders two trucks. ")]); // memory() hears letters
    const result = await client.analyze({ file: audio, task });
    expect(calls[0]?.text).toMatch(/^\[00:00\]\nWe move on Friday\. Anna orders two trucks\.\n/);
    expect(calls[0]?.media).toEqual([]);
    expect(result.transcript?.text).toBe("We move on Friday. Anna orders two trucks.");
  });

  test("is heard by a model with ears where nobody writes it down", async () => {
    const { client, calls } = noteTaker({ senses: ["audio"] });
    const result = await client.analyze({ audio: fixture("spoken.wav"), task });
    expect(calls[0]).toMatchObject({ marks: ["00:00"], media: ["audio/wav"] });
    expect(result.sources).toEqual([{ fromMs: 0, toMs: expect.any(Number) }]);
    expect(result.transcript).toBeUndefined();
  });

  test("is refused where nobody can make anything of it, with the ways out", async () => {
    const { client, calls } = noteTaker();
    const error = await failureOf(client.analyze({ audio: fixture("spoken.wav"), task }));
    expect(error.code).toBe("unsupported");
    expect(error.message).toMatch(/neither written down nor heard: a test of transcription; a test of audio/);
    expect(error.hint).toMatch(/as transcriber.*a text\.$/);
    expect(calls).toEqual([]);
  });

  test("is planned without being written down", async () => {
    const { client, provider } = noteTaker();
    const transcriber = fakeTranscriber(3);
    const plan = await client.planAnalysis({ audio: fixture("spoken.wav"), task, transcriber });
    expect(plan).toMatchObject({ counted: false, calls: { transcribe: 1, map: 0, answer: 1 } });
    expect(plan.summary).toContain("1 call to write down what is said");
    expect(transcriber.asked).toEqual([]);
    expect(provider.requests.filter(({ kind }) => kind !== "tokenization")).toEqual([]);
  });
});

describe("a film", () => {
  test("is seen and heard in the order of its times", async () => {
    const { client, calls } = noteTaker({ senses: ["image"], contextLength: 20_000 });
    const result = await client.analyze({ video: fixture("colours.mp4"), task, transcriber: fakeTranscriber(1) });
    expect(calls[0]?.media).toEqual(["image/jpeg", "image/jpeg", "image/jpeg", "image/jpeg"]);
    expect(calls[0]?.text).toContain("Sentence 1.");
    const starts = result.sources.map((source) => ("fromMs" in source ? source.fromMs : -1));
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    expect(result.warnings).toEqual([]);
  });

  test("of which only half can be used is analysed with a warning", async () => {
    const seeing = noteTaker({ senses: ["image"], contextLength: 20_000 });
    const seen = await seeing.client.analyze({ video: fixture("colours.mp4"), task });
    expect(seen.warnings).toEqual([
      { option: "video", message: expect.stringMatching(/what is said is left out: a test of/) },
    ]);
    const hearing = noteTaker();
    const said = await hearing.client.analyze({ video: fixture("colours.mp4"), task, transcriber: fakeTranscriber(1) });
    expect(hearing.calls[0]?.media).toEqual([]);
    expect(said.warnings).toEqual([
      { option: "video", message: expect.stringMatching(/what is shown is left out: a test of image/) },
    ]);
  });

  test("that can be neither seen nor heard is refused", async () => {
    const { client } = noteTaker();
    const error = await failureOf(client.analyze({ video: fixture("mute.mp4"), task }));
    expect(error).toMatchObject({
      code: "unsupported",
      message: /neither seen nor heard: a test of image; it has no sound/,
    });
  });
});

describe("OCR", () => {
  test("reads a scan for a model that does not see, where the caller asks for it", { timeout: 60_000 }, async () => {
    const { client, calls } = noteTaker();
    const result = await client.analyze({ file: fixture("scan.pdf"), task, ocr: true });
    expect(calls[0]?.text).toMatch(/^\[page 1\]\n[^]*serial number 5208[^]*\[page 2\]\n[^]*two shaft seals/);
    expect(calls[0]?.media).toEqual([]);
    expect(result.sources).toEqual([{ page: 1 }, { page: 2 }]);
  });
});

describe("bounds", () => {
  test("more pages than are to be read fail before one is read", async () => {
    const { client, calls } = noteTaker();
    const error = await failureOf(client.analyze({ file: fixture("manual.pdf"), task, maxPieces: 2 }));
    expect(error).toMatchObject({ code: "limit", message: /has 3 pieces or more, and at most 2 are read/ });
    expect(calls).toEqual([]);
  });

  test("a recording that is too long fails before it is written down", async () => {
    const { client } = noteTaker();
    const transcriber = fakeTranscriber(3);
    const header = Buffer.from(fixture("spoken.wav").subarray(0, 44));
    header.writeUInt32LE(header.readUInt32LE(28) * 70, 40); // 70 seconds, by its header
    const audio = Buffer.concat([header, Buffer.alloc(header.readUInt32LE(40))]);
    const error = await failureOf(client.analyze({ audio, task, transcriber, maxPieces: 2 }));
    expect(error).toMatchObject({ code: "limit", message: /has 3 pieces or more/ });
    expect(transcriber.asked).toEqual([]);
  });
});

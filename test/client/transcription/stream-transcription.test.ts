import { describe, expect, test } from "vitest";

import { runStream } from "../../../src/client/run-reading.ts";
import { streamTranscription } from "../../../src/client/transcription/stream-transcription.ts";
import type { StreamedTranscriptionInput } from "../../../src/client/transcription/transcription-input.ts";
import { InhouseError } from "../../../src/core/error.ts";
import { createClient } from "../../../src/index.ts";
import { llamacpp } from "../../../src/providers/llamacpp/index.ts";
import { vllm } from "../../../src/providers/vllm/index.ts";
import { fakeLlamacpp, fakeVllm, memory, type MemoryProvider } from "../../../src/testing/index.ts";
import { failureOf } from "../../support/loopback.ts";
import { hearingClient, longRecordingOf, recordingOf, wordMs } from "../../support/spoken.ts";

const words = Array.from({ length: 120 }, (_, at) => `word${at}${at % 9 === 8 ? "." : ""}`);
const long = { audio: longRecordingOf(words.join(" ")), pieceMs: 40 * wordMs, overlapMs: 10 * wordMs } as const;

const streamed = (provider: MemoryProvider, input: StreamedTranscriptionInput) =>
  runStream(
    () => undefined,
    async (control) => streamTranscription(input, { ...hearingClient(provider), ...control }),
  );

describe("a short recording", () => {
  test.each([
    ["vLLM", () => fakeVllm({ task: "transcribe" }), (baseURL: string) => vllm({ baseURL })],
    ["llama-server", () => fakeLlamacpp({ hears: true }), (baseURL: string) => llamacpp({ baseURL })],
  ])("comes from %s as it is heard", async (_, fake, provider) => {
    await using server = await fake();
    await using client = createClient({ provider: provider(server.url) });
    const stream = client.streamTranscription({ audio: recordingOf("One two three.") });
    const deltas: string[] = [];
    for await (const text of stream.text) deltas.push(text);
    expect(deltas).toEqual(["One", " two", " three."]);
    expect((await stream.result).text).toBe("One two three.");
  });

  test("comes from vLLM with the times after the text", async () => {
    await using server = await fakeVllm({ task: "transcribe" });
    await using client = createClient({ provider: vllm({ baseURL: server.url }) });
    const types: string[] = [];
    for await (const { type } of client.streamTranscription({
      audio: recordingOf("One. Two."),
      timestamps: "segment",
    })) {
      types.push(type);
    }
    expect(types).toEqual(["start", "text-delta", "text-delta", "segment", "segment", "recording", "finish"]);
  });
});

describe("a long recording", () => {
  test.each([undefined, "segment"] as const)("comes piece by piece, nothing twice, times: %s", async (timestamps) => {
    const provider = memory();
    const stream = streamed(provider, { ...long, ...(timestamps === undefined ? {} : { timestamps }) });
    const deltas: string[] = [];
    const segments: string[] = [];
    const types: string[] = [];
    for await (const event of stream) {
      types.push(event.type);
      if (event.type === "text-delta") deltas.push(event.text);
      if (event.type === "segment") segments.push(event.text);
    }
    const result = await stream.result;
    expect(deltas.join("")).toBe(words.join(" "));
    expect(result.text).toBe(words.join(" "));
    expect(deltas.length).toBeGreaterThan(40);
    expect(segments.join(" ")).toBe(timestamps ? words.join(" ") : "");
    expect(result.segments.map(({ text }) => text)).toEqual(segments);
    expect(types.filter((type) => type === "start" || type === "finish")).toEqual(["start", "finish"]);
  });

  test("that fails has what was heard until then", async () => {
    const provider = memory({ reply: (_, call) => (call === 2 ? new InhouseError("server", "It broke.") : undefined) });
    const error = await failureOf(streamed(provider, long).result);
    expect(error.code).toBe("server");
    expect(error.partial?.text).toBe(words.slice(0, 40).join(" "));
    expect(error.partial?.checkpoint?.pieces.length).toBe(1);
  });

  test("that is left is not heard further", async () => {
    const provider = memory({ delayMs: 1 });
    for await (const _ of streamed(provider, long).text) break;
    expect([provider.requests.length, provider.running]).toEqual([1, 0]);
  });
});

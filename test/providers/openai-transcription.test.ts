import { describe, expect, test } from "vitest";

import type { ModelEvent } from "../../src/core/event.ts";
import type { TranscriptionRequest } from "../../src/core/request.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openaiCompatible, whispercppDialect } from "../../src/providers/openai-compatible/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { canned, eventsOf, json, type CannedReply } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

const request = (more: Partial<TranscriptionRequest> = {}): TranscriptionRequest => ({
  kind: "transcription",
  audio: new Uint8Array([1, 2, 3]),
  mediaType: "audio/wav",
  fileName: "a.wav",
  stream: false,
  ...more,
});

const makers = {
  "openai-compatible": (transport: ReturnType<typeof canned>) =>
    openaiCompatible({ baseURL: "http://model.example", transport }),
  "whisper.cpp": (transport: ReturnType<typeof canned>) =>
    openaiCompatible({ baseURL: "http://model.example", transport, dialect: whispercppDialect }),
  vllm: (transport: ReturnType<typeof canned>) => vllm({ transport }),
  llamacpp: (transport: ReturnType<typeof canned>) => llamacpp({ transport }),
  ollama: (transport: ReturnType<typeof canned>) => ollama({ transport }),
};

/** The path and the fields of the form that is sent. */
async function sent(name: keyof typeof makers, asked: TranscriptionRequest, reply: CannedReply = json({ text: "Hi" })) {
  const transport = canned(reply);
  const events = await eventsOf(makers[name](transport).send, asked);
  const [first] = transport.requests;
  const chunks: Uint8Array[] = [];
  for await (const chunk of (first?.body ?? []) as AsyncIterable<Uint8Array>) chunks.push(chunk);
  const form = await new Response(Buffer.concat(chunks), { headers: first?.headers ?? {} }).formData();
  const { file: _, ...fields } = Object.fromEntries([...form.keys()].map((key) => [key, form.getAll(key)]));
  return { path: first?.path, fields, warnings: warningsOf(events) };
}

const warningsOf = (events: readonly ModelEvent[]): readonly string[] =>
  events.flatMap((event) => (event.type === "warning" ? [event.warning.option] : []));
const textOf = (events: readonly ModelEvent[]): string =>
  events.flatMap((event) => (event.type === "text-delta" ? [event.text] : [])).join("");
const sse = (...values: readonly (object | string)[]): CannedReply => ({
  body: values.map((value) => `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`).join(""),
});

describe("what is asked for", () => {
  test.each<[keyof typeof makers, Partial<TranscriptionRequest>, string, object, string[]]>([
    ["openai-compatible", {}, "/v1/audio/transcriptions", { response_format: ["json"] }, []],
    [
      "openai-compatible",
      { timestamps: "word", language: "de", prompt: "Anna", temperature: 0, model: "w" },
      "/v1/audio/transcriptions",
      {
        model: ["w"],
        response_format: ["verbose_json"],
        "timestamp_granularities[]": ["word", "segment"],
        language: ["de"],
        prompt: ["Anna"],
        temperature: ["0"],
      },
      ["timestamps"], // the reply has none
    ],
    ["vllm", {}, "/v1/audio/transcriptions", { response_format: ["json"] }, []],
    [
      "ollama",
      { temperature: 1, timestamps: "word" },
      "/v1/audio/transcriptions",
      { response_format: ["json"] },
      ["timestamps", "temperature"],
    ],
    [
      "whisper.cpp",
      {},
      "/inference",
      { response_format: ["verbose_json"], language: ["auto"], no_language_probabilities: ["true"] },
      [],
    ],
    [
      "whisper.cpp",
      { language: "de" },
      "/inference",
      { response_format: ["verbose_json"], language: ["de"], no_language_probabilities: ["true"] },
      [],
    ],
  ])("of %s: %j", async (name, more, path, fields, warnings) => {
    expect(await sent(name, request(more))).toEqual({ path, fields, warnings });
  });

  test("llama-server streams whether it is asked to or not, and tells no times", async () => {
    const reply = sse(
      { type: "transcript.text.delta", delta: "Hi" },
      { type: "transcript.text.done", text: "Hi" },
      "[DONE]",
    );
    expect(await sent("llamacpp", request({ timestamps: "segment" }), reply)).toEqual({
      path: "/v1/audio/transcriptions",
      fields: { response_format: ["json"], stream: ["true"] },
      warnings: ["timestamps"],
    });
  });

  test("options of a provider are fields of the form, and what has no effect is refused", async () => {
    const options = { "openai-compatible": { vad: true, beams: 5, biases: ["a", "b"] } };
    const { fields } = await sent("openai-compatible", request({ providerOptions: options }));
    expect(fields).toMatchObject({ vad: ["true"], beams: ["5"], biases: ["a", "b"] });
    for (const name of ["vllm", "llamacpp", "ollama"] as const) {
      const refused = makers[name](canned(json({ text: "Hi" }))).send;
      const error = await failureOf(eventsOf(refused, request({ providerOptions: { [name]: { numCtx: 1 } } })));
      expect(error.code).toBe("invalid-request");
    }
  });
});

describe("what is read", () => {
  const read = (reply: CannedReply, more: Partial<TranscriptionRequest> = {}) =>
    eventsOf(makers["openai-compatible"](canned(reply)).send, request(more));

  test("segments, and the words in them, in milliseconds", async () => {
    const events = await read(
      json({
        text: " Good morning.  How are you?",
        language: "english",
        duration: 2.5,
        segments: [
          { start: 0, end: 1.004, text: " Good morning." },
          { start: 1.004, end: 2.5, text: " How are you?" },
        ],
        words: [
          { word: "Good", start: 0, end: 0.4 },
          { word: "morning", start: 0.4, end: 1 },
          { word: "How", start: 1.1, end: 1.4 },
        ],
      }),
      { timestamps: "word" },
    );
    expect(textOf(events)).toBe("Good morning. How are you?");
    const [first, second] = events.filter((event) => event.type === "segment");
    expect(first).toMatchObject({
      startMs: 0,
      endMs: 1_004,
      text: "Good morning.",
      words: [{ text: "Good" }, { text: "morning", endMs: 1_000 }],
    });
    expect(second).toMatchObject({ text: "How are you?", words: [{ text: "How", startMs: 1_100 }] });
    expect(events).toContainEqual({ type: "recording", language: "english", durationMs: 2_500 });
    expect(warningsOf(events)).toEqual([]);
  });

  test("whisper.cpp's tokens as the words that they are parts of", async () => {
    const token = (word: string, start: number) => ({ word, start, end: start + 0.1, probability: 1 });
    const segments = [
      {
        start: 0,
        end: 1,
        text: " Unbelievable, Anna.",
        words: [
          token(" Unbel", 0),
          token("iev", 0.1),
          token("able", 0.2),
          token(",", 0.3),
          token(" Anna", 0.4),
          token(".", 0.5),
        ],
      },
    ];
    const events = await eventsOf(
      makers["whisper.cpp"](canned(json({ text: " Unbelievable,\n Anna.\n", segments }))).send,
      request({ timestamps: "word" }),
    );
    const segment = events.find((event) => event.type === "segment");
    expect(segment?.words).toEqual([
      { text: "Unbelievable,", startMs: 0, endMs: 400 },
      { text: "Anna.", startMs: 400, endMs: 600 },
    ]);
    expect(textOf(events)).toBe("Unbelievable, Anna.");
  });

  test("words without segments", async () => {
    const words = [{ word: "Hi", start: 0, end: 0.5 }];
    const events = await read(json({ text: "Hi", words }), { timestamps: "word" });
    expect(events).toContainEqual({ type: "words", words: [{ text: "Hi", startMs: 0, endMs: 500 }] });
  });

  test("chunks of vLLM, one space where it has two", async () => {
    const chunk = (content: string, finish?: string) => ({
      object: "transcription.chunk",
      choices: [{ delta: { content }, ...(finish ? { finish_reason: finish } : {}) }],
    });
    const usage = { choices: [], usage: { prompt_tokens: 5, completion_tokens: 9, total_tokens: 14 } };
    const reply = sse(
      chunk(" One"),
      chunk(" two."),
      chunk("", "stop"),
      chunk("  Three."),
      chunk("", "stop"),
      usage,
      "[DONE]",
    );
    const events = await read(reply, { stream: true });
    expect(textOf(events)).toBe("One two. Three.");
    expect(events.at(-1)).toEqual({
      type: "finish",
      finishReasons: ["stop"],
      usage: { inputTokens: 5, outputTokens: 9 },
    });
  });

  test("thinking apart from what was heard", async () => {
    const events = await read(json({ text: "<think>I listen.</think>Good morning." }));
    expect(textOf(events)).toBe("Good morning.");
    expect(events).toContainEqual({ type: "reasoning-delta", choice: 0, text: "I listen." });
  });

  test("a text that the token limit cut, with a warning", async () => {
    const reply = sse({ choices: [{ delta: { content: "One" }, finish_reason: "length" }] }, "[DONE]");
    expect(warningsOf(await read(reply, { stream: true }))).toEqual(["audio"]);
  });

  test.each<[string, CannedReply, string]>([
    ["a stream without its end", sse({ choices: [{ delta: { content: "One" } }] }), "truncated"],
    ["deltas without their end", sse({ type: "transcript.text.delta", delta: "One" }), "truncated"],
    ["no text", json({ words: [] }), "protocol"],
    ["a list", json([]), "protocol"],
    [
      "an error in a stream",
      sse({ type: "transcript.text.delta", delta: "One" }, { error: { message: "broken", code: 500 } }),
      "stream-error",
    ],
    ["words of FastAPI", json({ detail: "Not Found" }, 404), "unsupported"],
  ])("%s is an error", async (_, reply, code) => {
    expect((await failureOf(read(reply, { stream: true }))).code).toBe(code);
  });

  test("silence is a text without words", async () => {
    const events = await read(json({ text: "", segments: [], duration: 1 }), { timestamps: "segment" });
    expect([textOf(events), warningsOf(events)]).toEqual(["", []]);
  });
});

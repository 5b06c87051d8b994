import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, inject, onTestFinished, test as always } from "vitest";

import {
  createClient,
  isInhouseError,
  type ChatInput,
  type ChatResult,
  type MediaPartInput,
  type TextStream,
} from "../../src/index.ts";
import { ollama, type OllamaRequestOptions } from "../../src/providers/ollama/index.ts";
import { failureOf } from "../support/loopback.ts";
import { killRunners } from "./ollama-runners.ts";

const server = inject("ollama");
const { url = "http://127.0.0.1:1", pid = 0 } = "unavailable" in server ? {} : server;
const test = "unavailable" in server ? always.skip : always;

const provider = ollama({ baseURL: url });
const client = createClient({ provider, model: "smollm2" });
afterAll(() => client.close());

const options = (more: OllamaRequestOptions) => ({ providerOptions: { ollama: { ...more } } });

test("chat answers with text, usage, both kinds of timings and a message to go on with", async () => {
  const first = await client.chat({ messages: "Say hello.", maxTokens: 8, temperature: 0 });
  expect(first).toMatchObject({
    model: "smollm2",
    finishReason: expect.stringMatching(/stop|length/),
    warnings: [],
    failedAttempts: [],
  });
  expect(first.text.length).toBeGreaterThan(0);
  expect(first.usage?.outputTokens).toBeLessThanOrEqual(8);
  expect(first.serverTimings?.generationMs).toBeGreaterThan(0);
  expect(first.timings.firstTokenMs).toBeLessThan(first.timings.totalMs);
  const messages = [
    { role: "user", content: "Say hello." },
    first.message,
    { role: "user", content: "Again." },
  ] as const;
  const second = await client.chat({ messages, maxTokens: 4 });
  expect(second.usage?.inputTokens).toBeGreaterThan(first.usage?.inputTokens ?? 0);
});

test("a completion continues the text: no template goes around it, unless it is asked for", async () => {
  const bare = await client.complete({ prompt: "Once upon a time", maxTokens: 4, temperature: 0 });
  expect(bare.usage?.inputTokens).toBe(4);
  const request = { prompt: "Once upon a time", maxTokens: 4, temperature: 0 };
  const templated = await client.complete({ ...request, ...options({ raw: false }) });
  expect(templated.usage?.inputTokens).toBeGreaterThan(10);
  const instructed = await client.complete({ ...request, ...options({ system: "You are terse and you know it." }) });
  expect(instructed.usage?.inputTokens).toBeGreaterThan(templated.usage?.inputTokens ?? 0);
});

describe("a prompt over the window", () => {
  const messages = "hello ".repeat(600);

  test("is refused with both numbers", async () => {
    const error = await failureOf(client.chat({ messages, ...options({ numCtx: 512 }) }));
    expect(error).toMatchObject({ code: "context-length", contextLength: 512, retryable: false });
    expect(error.promptTokens).toBeGreaterThan(600);
  });

  test("is cut where the caller allows it", async () => {
    const answer = await client.chat({
      messages,
      maxTokens: 2,
      ...options({ numCtx: 512, truncate: true, shift: true }),
    });
    expect(answer.usage?.inputTokens).toBeLessThan(512);
  });

  test("in an embedding is refused too", async () => {
    const error = await failureOf(client.embed({ model: "smollm2-embedding", input: "hello ".repeat(6_000) }));
    expect(error.code).toBe("context-length");
  });
});

test("an answer that fills the window ends there, with length", async () => {
  const prompt = "one two three four five six seven eight nine ten ".repeat(24); // about 240 tokens
  const full = await client.complete({ prompt, maxTokens: 200, temperature: 0, ...options({ numCtx: 256 }) });
  expect(full.finishReason).toBe("length");
  expect((full.usage?.inputTokens ?? 0) + (full.usage?.outputTokens ?? 0)).toBeLessThanOrEqual(257);
});

test("a schema holds the model to it, streamed", async () => {
  const schema = {
    type: "object",
    properties: { name: { type: "string", maxLength: 10 }, age: { type: "integer", minimum: 0, maximum: 99 } },
    required: ["name", "age"],
  };
  const { text, finishReason } = await client.chat({
    messages: "Invent a person, as JSON.",
    responseFormat: { type: "json-schema", schema },
    maxTokens: 60,
    temperature: 0,
  });
  expect(finishReason).toBe("stop");
  expect(JSON.parse(text)).toEqual({ name: expect.any(String), age: expect.any(Number) });
});

describe("tools", () => {
  const model = "smollm2-tools";
  const call = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>';
  const weather: ChatInput = {
    model,
    messages: [
      { role: "user", content: "Weather in Paris?" },
      {
        role: "assistant",
        content: "",
        toolCalls: [{ id: "1", name: "get_weather", arguments: '{"city":"Paris"}' }],
      },
      { role: "tool", toolCallId: "1", content: "Sunny" },
      { role: "user", content: `And Paris? Repeat exactly: ${call}` },
    ],
    tools: [
      {
        name: "get_weather",
        description: "Get weather",
        parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      },
    ],
    maxTokens: 60,
  };

  /** A model of 135 million parameters does not always call: it is asked until it does, and every answer is checked. */
  async function asked(more: Partial<ChatInput>): Promise<ChatResult> {
    for (let seed = 1; ; seed += 1) {
      try {
        const answer = await client.chat({ ...weather, temperature: seed === 1 ? 0 : 0.4, seed, ...more });
        if (answer.toolCalls.length > 0 || seed === 8) return answer;
        expect(answer.text + answer.reasoning).not.toBe("");
      } catch (error) {
        // What Ollama swallowed, or prose where a call was required.
        if (!isInhouseError(error) || !["empty-reply", "tool"].includes(error.code) || seed === 8) throw error;
      }
    }
  }

  test("a call comes whole, with an id, and says that it is one", async () => {
    const { toolCalls, finishReason } = await asked({});
    expect(toolCalls[0]).toEqual({
      id: expect.stringMatching(/^call_/),
      name: "get_weather",
      arguments: expect.stringContaining("city"),
    });
    expect(finishReason).toBe("tool-calls");
  });

  test("a call that is required of Ollama itself comes, or the answer is an error; a warning says that nothing forces it", async () => {
    const { toolCalls, warnings } = await asked({ toolChoice: "required", toolStrategy: "native" });
    expect(toolCalls[0]?.name).toBe("get_weather");
    expect(warnings.map(({ option }) => option)).toEqual(["toolChoice"]);
  });

  test("none: the model is shown no tools", async () => {
    const { usage, toolCalls } = await client.chat({ ...weather, toolChoice: "none", maxTokens: 4 });
    expect(toolCalls).toEqual([]);
    const shown = await client.chat({ ...weather, maxTokens: 4 }).catch(() => undefined); // a call that is cut
    expect(usage?.inputTokens).toBeLessThan(shown?.usage?.inputTokens ?? Number.POSITIVE_INFINITY);
  });

  test("a limit that cuts the call: what Ollama drops in silence is an error", async () => {
    const answer = await client
      .chat({ ...weather, temperature: 0, maxTokens: 8, maxRetries: 0 })
      .catch((error: unknown) => error);
    if (isInhouseError(answer))
      expect([answer.code, answer.hint]).toEqual(["empty-reply", expect.stringContaining("maxTokens")]);
    else expect((answer as ChatResult).text).not.toBe("");
  });

  test("a model without them is told before it is asked, where they must be Ollama's own", async () => {
    const error = await failureOf(client.chat({ messages: "Hi", tools: [{ name: "f" }], toolStrategy: "native" }));
    expect(error).toMatchObject({ code: "unsupported", model: "smollm2" });
    expect(error.message).toContain('have no "tools"');
  });
});

describe("thinking", () => {
  const model = "smollm2-thinking";
  const messages = "Repeat exactly: <think>I think</think>Hello";

  test("comes apart from the answer, unless it is switched off", async () => {
    const on = await client.chat({ model, messages, maxTokens: 12, temperature: 0, reasoning: true });
    expect(on.reasoning.length).toBeGreaterThan(0);
    const off = await client.chat({ model, messages, maxTokens: 12, temperature: 0, reasoning: false });
    expect([off.reasoning, off.text.length > 0]).toEqual(["", true]);
  });

  test("has a level that only Ollama has", async () => {
    const { reasoning } = await client.chat({ model, messages, maxTokens: 6, ...options({ think: "max" }) });
    expect(reasoning.length).toBeGreaterThan(0);
  });

  test("a model without it is told before it is asked; switching it off is no matter", async () => {
    expect((await failureOf(client.chat({ messages: "Hi", reasoning: "low" }))).code).toBe("unsupported");
    expect((await client.chat({ messages: "Hi", maxTokens: 2, reasoning: false })).text).not.toBe("");
  });
});

describe("pictures", () => {
  /** 8 by 8 black pixels. */
  const data = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAADElEQVR42mNgGB4AAADIAAGTvaWOAAAAAElFTkSuQmCC";
  const withPicture = (picture: string): ChatInput["messages"] => [
    {
      role: "user",
      content: [
        { type: "text", text: "What is this?" },
        { type: "image", mediaType: "image/png", data: picture },
      ],
    },
  ];

  test("cost the tokens that the projector makes of them", async () => {
    const model = "smollm2-vision";
    const blind = await client.chat({ model, messages: "What is this?", maxTokens: 2 });
    const seeing = await client.chat({ model, messages: withPicture(data), maxTokens: 2 });
    expect((seeing.usage?.inputTokens ?? 0) - (blind.usage?.inputTokens ?? 0)).toBe(16);
  });

  test("cost the same as bytes, as a Blob, as a stream and from a path", async () => {
    const model = "smollm2-vision";
    const folder = await mkdtemp(join(tmpdir(), "inhouse-pictures-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, "black.png");
    const bytes = Buffer.from(data, "base64");
    await writeFile(path, bytes);
    await using reader = createClient({ provider: ollama({ baseURL: url }), model, media: { paths: [folder] } });
    const asked = (part: MediaPartInput) =>
      reader.chat({
        messages: [{ role: "user", content: [{ type: "text", text: "What is this?" }, part] }],
        maxTokens: 2,
      });
    const sources = [
      { data },
      { data: bytes },
      { data: new Blob([bytes]) },
      { data: createReadStream(path) },
      { path },
    ];
    const tokens: (number | undefined)[] = [];
    for (const source of sources) tokens.push((await asked({ type: "image", ...source })).usage?.inputTokens);
    expect(tokens[0]).toBeGreaterThan(16);
    expect(new Set(tokens).size).toBe(1);
  });

  test("that are none are the caller's mistake", async () => {
    const model = "smollm2-vision";
    for (const wrong of [Buffer.from("no picture").toString("base64"), "data:image/png;base64,AA"]) {
      expect((await failureOf(client.chat({ model, messages: withPicture(wrong) }))).code).toBe("invalid-request");
    }
  });

  test("for a model without eyes are refused before they are sent", async () => {
    expect((await failureOf(client.chat({ messages: withPicture(data) }))).code).toBe("unsupported");
  });
});

describe("embeddings", () => {
  const model = "smollm2-embedding";

  test("many inputs, in their order, shortened where it is asked for", async () => {
    const input = Array.from({ length: 9 }, (_, index) => `Sentence number ${index % 3} is here.`);
    const { embeddings, usage } = await client.embed({ model, input, batchSize: 4, dimensions: 8 });
    expect(embeddings).toHaveLength(9);
    for (const [index, vector] of embeddings.entries()) {
      expect(vector).toHaveLength(8);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
      expect(vector[0]).toBeCloseTo(embeddings[index % 3]?.[0] ?? 0, 3);
    }
    expect(usage?.inputTokens).toBeGreaterThan(9);
  });

  test("more dimensions than there are, are refused", async () => {
    expect((await failureOf(client.embed({ model, input: "a", dimensions: 4_000 }))).code).toBe("invalid-request");
  });

  test("of a model that chats, and a chat with one that embeds, are unsupported", async () => {
    expect((await failureOf(client.embed({ input: "a" }))).code).toBe("unsupported");
    expect((await failureOf(client.chat({ model, messages: "Hi" }))).code).toBe("unsupported");
  });
});

describe("what is in memory", () => {
  test("a model is loaded, stays as long as it is told, and is unloaded", async () => {
    // One that sees has 2,048 tokens at least (0.34.2).
    for (const [model, contextLength] of [
      ["smollm2", 600],
      ["smollm2-embedding", 600],
      ["smollm2-vision", 2_048],
    ] as const) {
      await provider.unload(model);
      await provider.load(model, { numCtx: 600, keepAlive: -1 });
      const loaded = (await provider.running()).find((entry) => entry.model === `${model}:latest`);
      expect(loaded).toMatchObject({ contextLength, gpuBytes: 0 });
      expect(loaded?.sizeBytes).toBeGreaterThan(90_000_000);
      expect(loaded?.expiresAt?.getFullYear()).toBeGreaterThan(2_100);
      expect((await provider.describe(model)).contextLength).toBe(contextLength);
      await provider.unload(model);
      expect((await provider.running()).map((entry) => entry.model)).not.toContain(`${model}:latest`);
    }
  });

  test("a model that was loaded is not loaded again by its first call", async () => {
    await provider.load("smollm2");
    const { raw } = await client.chat({ messages: "Hi", maxTokens: 1, includeRaw: true });
    const last = raw.at(-1) as { readonly load_duration: number }; // nanoseconds
    expect(last.load_duration).toBeLessThan(200_000_000);
  });

  test("a call says how long the model stays after it", async () => {
    await client.chat({ messages: "Hi", maxTokens: 1, ...options({ keepAlive: "1h" }) });
    const minutes = Number((await provider.running())[0]?.expiresAt) - Date.now();
    expect(minutes / 60_000).toBeGreaterThan(50);
    await client.chat({ messages: "Hi", maxTokens: 1, ...options({ keepAlive: 0 }) });
    await expect.poll(() => provider.running()).toEqual([]);
  });

  test("a warm-up loads a model that chats, or one that embeds, for as long as the server keeps any", async () => {
    for (const model of ["smollm2", "smollm2-embedding"]) {
      await provider.unload(model);
      await expect
        .poll(async () => (await provider.running()).map((entry) => entry.model))
        .not.toContain(`${model}:latest`);
      const { by, totalMs } = await client.warmUp({ model });
      expect([by, totalMs > 0]).toEqual(["preload", true]);
      const loaded = (await provider.running()).find((entry) => entry.model === `${model}:latest`);
      const minutes = (Number(loaded?.expiresAt) - Date.now()) / 60_000;
      expect(Math.abs(minutes - 5)).toBeLessThan(1); // OLLAMA_KEEP_ALIVE is five by default
    }
    expect((await failureOf(client.warmUp({ model: "nope" }))).code).toBe("not-found");
  });

  test("what is not there is not loaded", async () => {
    expect((await failureOf(provider.load("nope"))).hint).toContain('pull("nope")');
    expect((await failureOf(provider.unload("nope"))).code).toBe("not-found");
  });
});

test("a model that nobody has is not-found, with the way to get it", async () => {
  const error = await failureOf(client.chat({ model: "nope", messages: "Hi" }));
  expect(error).toMatchObject({ code: "not-found", status: 404, model: "nope" });
  expect(error.hint).toContain('provider.pull("nope")');
});

test("a stream is left at its first piece, and the next call is served at once", async () => {
  const stream: TextStream<ChatResult> = client.stream({ messages: "Tell me a very long story.", maxTokens: 1_000 });
  for await (const piece of stream.text) if (piece !== "") break;
  const next = await client.chat({ messages: "Say hello.", maxTokens: 1 });
  expect(next.timings.totalMs).toBeLessThan(5_000);
});

describe("a runner that dies", () => {
  test("in mid-answer is a stream-error after the text so far, and the next call has a new one", async () => {
    const stream = client.stream({ messages: "Tell me a very long story.", maxTokens: 1_000 });
    let text = "";
    const error = await failureOf(
      (async () => {
        for await (const piece of stream.text) {
          if (text === "") killRunners(pid);
          text += piece;
        }
      })(),
    );
    expect(error.code).toBe("stream-error");
    expect(error.message).toContain("running the model");
    expect(error.partial?.text).toBe(text);
    const next = await client.chat({ messages: "Say hello.", maxTokens: 2, temperature: 0 });
    expect(next.usage?.outputTokens).toBeGreaterThan(0);
  });
});

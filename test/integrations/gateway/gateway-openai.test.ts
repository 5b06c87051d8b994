import OpenAI, {
  APIConnectionError,
  APIError,
  AuthenticationError,
  BadRequestError,
  NotFoundError,
  RateLimitError,
  toFile,
} from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { createClient } from "../../../src/index.ts";
import { gateway, type GatewayOptions, type GatewayRecord } from "../../../src/integrations/gateway/index.ts";
import { vllm } from "../../../src/providers/vllm/index.ts";
import { fakeVllm, type FakeVllmOptions } from "../../../src/testing/index.ts";
import { servedGateway } from "../../support/served-gateway.ts";

/** OpenAI's own package against a gateway before a fake vLLM. */
async function open(fake: FakeVllmOptions = {}, options: Partial<GatewayOptions> = {}) {
  const server = await fakeVllm(fake);
  const client = createClient({ provider: vllm({ baseURL: server.url }) });
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  const records: GatewayRecord[] = [];
  const face = gateway(client, { keys: { team: "right" }, onEnd: (record) => records.push(record), ...options });
  const { origin } = await servedGateway(face);
  const openai = new OpenAI({ baseURL: `${origin}/v1`, apiKey: "right", maxRetries: 0 });
  return { server, openai, records, origin };
}

const messages = [{ role: "user" as const, content: "Why is the sky blue?" }];

test("create(), streamed and not, with usage", async () => {
  const { openai } = await open({ text: "Because of scattering." });
  const { data: whole, request_id: id } = await openai.chat.completions
    .create({ model: "fake", messages, max_tokens: 20 })
    .withResponse();
  expect(whole.choices[0]?.message.content).toBe("Because of scattering.");
  expect(id).toMatch(/^[\da-f-]{36}$/);
  const stream = await openai.chat.completions.create({
    model: "fake",
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = "";
  let usage: OpenAI.CompletionUsage | null | undefined;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? "";
    usage = chunk.usage;
  }
  expect([text, usage?.completion_tokens]).toEqual(["Because of scattering.", whole.usage?.completion_tokens]);
});

test("stream() and its final answer, with a call of a tool", async () => {
  const { openai } = await open();
  const runner = openai.chat.completions.stream({
    model: "fake",
    messages,
    tools: [{ type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } }],
    tool_choice: { type: "function", function: { name: "look" } },
  });
  const final = await runner.finalChatCompletion();
  expect(final.choices[0]).toMatchObject({
    finish_reason: "tool_calls",
    message: { role: "assistant", tool_calls: [{ type: "function", function: { name: "look", arguments: "{}" } }] },
  });
});

test("a conversation goes on with what the package itself hands back", async () => {
  const { openai, server } = await open(); // it obeys a schema by the shortest text that fits
  const format = zodResponseFormat(z.object({ blue: z.boolean() }), "colour");
  const first = await openai.chat.completions.parse({ model: "fake", messages, response_format: format });
  const message = first.choices[0]?.message;
  expect(message?.parsed).toEqual({ blue: false });
  await openai.chat.completions.create({
    model: "fake",
    messages: [...messages, ...(message ? [message] : []), { role: "user", content: "Sure?" }],
  });
  expect(server.requests.at(-1)?.body).toMatchObject({
    messages: [{}, { role: "assistant", content: '{"blue":false}' }, { content: "Sure?" }],
  });
});

test("a picture comes as a data: URL", async () => {
  const { openai, server } = await open();
  const url =
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  await openai.chat.completions.create({
    model: "fake",
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "What is it?" },
          { type: "image_url", image_url: { url, detail: "low" } },
        ],
      },
    ],
  });
  expect(JSON.stringify(server.requests.at(-1)?.body)).toContain("data:image/png;base64,iVBOR");
});

test("embeddings, in the base64 that the package asks for, and models", async () => {
  const { openai } = await open({ task: "embed" });
  const { data } = await openai.embeddings.create({ model: "fake", input: ["abc"] });
  expect(data[0]?.embedding).toHaveLength(26);
  expect(Math.hypot(...(data[0]?.embedding ?? []))).toBeCloseTo(1, 5);
  const { data: models } = await openai.models.list();
  expect(models.map(({ id }) => id)).toEqual(["fake"]);
  expect(await openai.models.retrieve("fake")).toMatchObject({ object: "model" });
});

test("transcription, as JSON, with times, as text and as subtitles", async () => {
  const { openai } = await open({ task: "transcribe", text: "Good morning." });
  const file = await toFile(wav(1), "morning.wav", { type: "audio/wav" });
  const ask = { file, model: "fake" };
  expect(await openai.audio.transcriptions.create(ask)).toMatchObject({ text: "Good morning." });
  const verbose = await openai.audio.transcriptions.create({ ...ask, response_format: "verbose_json" });
  expect(verbose).toMatchObject({
    text: "Good morning.",
    segments: [{ start: 0, text: expect.any(String) as string }],
  });
  expect(await openai.audio.transcriptions.create({ ...ask, response_format: "text" })).toBe("Good morning.\n");
  expect(await openai.audio.transcriptions.create({ ...ask, response_format: "srt" })).toMatch(/^1\n00:00:00,000 -->/);
  expect(await openai.audio.transcriptions.create({ ...ask, response_format: "vtt" })).toMatch(/^WEBVTT\n/);
  const stream = await openai.audio.transcriptions.create({ ...ask, stream: true });
  const types: string[] = [];
  for await (const event of stream) types.push(event.type);
  expect([types[0], types.at(-1)]).toEqual(["transcript.text.delta", "transcript.text.done"]);
});

test("errors are the package's own, with code, field and hint", async () => {
  const { openai, origin } = await open({ contextLength: 50 }, { limits: { requestsPerMinute: 4 } });
  const create = (more: object) => openai.chat.completions.create({ model: "fake", messages, ...more });
  await expect(create({ frequency: 1 })).rejects.toSatisfy(
    (error) => error instanceof BadRequestError && error.param === "frequency",
  );
  await expect(create({ messages: [{ role: "user", content: "long ".repeat(100) }] })).rejects.toSatisfy(
    (error) => error instanceof BadRequestError && error.code === "context_length_exceeded",
  );
  await expect(create({ model: "other" })).rejects.toBeInstanceOf(NotFoundError);
  await expect(create({ temperature: -1 })).rejects.toMatchObject({ status: 400, param: "temperature" });
  await expect(create({})).rejects.toSatisfy(
    (error) => error instanceof RateLimitError && error.headers.has("retry-after"),
  );
  const stranger = new OpenAI({ baseURL: `${origin}/v1`, apiKey: "wrong", maxRetries: 0 });
  await expect(stranger.models.list()).rejects.toBeInstanceOf(AuthenticationError);
});

test("an error in mid-stream is thrown by the package, after what had come", async () => {
  const { openai } = await open({ text: "one two three four", faults: [{ name: "cut", atToken: 2 }] });
  const stream = await openai.chat.completions.create({ model: "fake", messages, stream: true });
  let text = "";
  const reading = async (): Promise<void> => {
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  };
  await expect(reading()).rejects.toSatisfy(
    (error) => error instanceof APIError && !(error instanceof APIConnectionError) && error.type === "server_error",
  );
  expect(text).toBe("one two");
});

test.each(["break", "abort", "abort of a call that is not streamed"])(
  "a caller that leaves frees the model's server: %s",
  async (how) => {
    const { openai, server, records } = await open({ text: "word ".repeat(2_000), pauseMs: 5 });
    const leaving = new AbortController();
    const ask = { model: "fake", messages };
    if (how === "abort of a call that is not streamed") {
      const asked = openai.chat.completions.create(ask, { signal: leaving.signal });
      await expect.poll(() => server.running()).toBe(1);
      leaving.abort();
      await expect(asked).rejects.toBeInstanceOf(APIError);
    } else {
      const stream = await openai.chat.completions.create({ ...ask, stream: true }, { signal: leaving.signal });
      for await (const _ of stream) {
        if (how === "break") break;
        leaving.abort();
      }
    }
    await server.idle();
    expect(server.history.at(-1)).toMatchObject({ end: "client-left" });
    expect(server.history.at(-1)?.tokens).toBeLessThan(1_000);
    await expect.poll(() => records).toMatchObject([{ ended: "aborted", error: { code: "abort" } }]);
  },
);

/** So many seconds of a tone. */
function wav(seconds: number): Uint8Array<ArrayBuffer> {
  const samples = 16_000 * seconds;
  const bytes = Buffer.alloc(44 + samples * 2);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + samples * 2, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(16_000, 24);
  bytes.writeUInt32LE(32_000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(samples * 2, 40);
  for (let at = 0; at < samples; at += 1) bytes.writeInt16LE(Math.round(9_000 * Math.sin(at / 6)), 44 + at * 2);
  return new Uint8Array(bytes);
}

import { describe, expect, test, vi } from "vitest";

import { createClient } from "../../../src/client/client.ts";
import { no } from "../../../src/core/capability.ts";
import { InhouseError } from "../../../src/core/error.ts";
import type { Batch, ModelEvent } from "../../../src/core/event.ts";
import type { Message } from "../../../src/core/message.ts";
import type { PromptSize, Provider } from "../../../src/core/provider.ts";
import type { ModelRequest } from "../../../src/core/request.ts";
import type { Usage } from "../../../src/core/result.ts";
import { memory } from "../../../src/testing/index.ts";
import { answerOf, scripted, stubProvider } from "../../support/canned.ts";
import { failureOf } from "../../support/loopback.ts";

const long = "word ".repeat(400); // 2,000 bytes
const turns: readonly Message[] = [
  { role: "system", content: "You are terse." },
  { role: "user", content: `first ${long}` },
  { role: "assistant", content: `answer ${long}` },
  { role: "user", content: `second ${long}` },
  { role: "assistant", content: `answer ${long}` },
  { role: "user", content: "third" },
];
const lengthOf = (messages: readonly Message[]): number =>
  messages.map(({ content }) => content as string).join("\n").length;
const sentMessages = (request: ModelRequest | undefined) => (request?.kind === "chat" ? request.messages : []);

describe("with a server that counts", () => {
  test("a prompt that does not fit is refused with both numbers, and nothing is sent", async () => {
    const provider = memory({ contextLength: 5_000 });
    const client = createClient({ provider });
    const error = await failureOf(client.chat({ messages: turns }));
    expect(error).toMatchObject({ code: "context-length", promptTokens: lengthOf(turns), contextLength: 5_000 });
    expect(error.retryable).toBe(false);
    const completion = await failureOf(client.complete({ prompt: "x".repeat(6_000) }));
    expect(completion).toMatchObject({ code: "context-length", promptTokens: 6_000, contextLength: 5_000 });
    expect(provider.requests).toEqual([]);
  });

  test("room for the answer is kept: what maxTokens says, up to a quarter of the window", async () => {
    const client = createClient({ provider: memory({ contextLength: 8_000 }) });
    const messages = "x".repeat(7_000);
    expect((await client.chat({ messages, maxTokens: 1_000 })).usage?.inputTokens).toBe(7_000);
    expect((await failureOf(client.chat({ messages, maxTokens: 1_001 }))).message).toContain(
      "7000 tokens, and the window of the model 8000, of which 1001 are kept for the answer",
    );
    await client.chat({ messages: "x".repeat(6_000), maxTokens: 8_000 }); // few answers are as long as they may be
  });

  test("trim leaves out the oldest turns, no more than needed, and says so", async () => {
    const provider = memory({ contextLength: 5_000 });
    const client = createClient({ provider });
    const result = await client.chat({ messages: turns, context: "trim" });
    expect(sentMessages(provider.requests[0])).toEqual([turns[0], ...turns.slice(3)]);
    expect(provider.requests.length).toBe(1);
    expect(result.droppedMessages).toBe(2);
    expect(result.warnings).toMatchObject([{ option: "context" }]);
    const whole = await client.chat({ messages: turns.slice(3), context: "trim" });
    expect(whole).not.toHaveProperty("droppedMessages");
    expect(whole.warnings).toEqual([]);
  });

  test("a stream tells with its start what was left out", async () => {
    const client = createClient({ provider: memory({ contextLength: 5_000 }) });
    const stream = client.stream({ messages: turns, context: "trim" });
    const events: ModelEvent[] = [];
    for await (const event of stream) events.push(event);
    const [start, warning] = events;
    expect(start).toMatchObject({ type: "start", droppedMessages: 2 });
    expect(warning).toMatchObject({ type: "warning", warning: { option: "context" } });
    expect((await stream.result).droppedMessages).toBe(2);
  });

  test("what does not fit without any older turn is refused as it is by default", async () => {
    const client = createClient({ provider: memory({ contextLength: 3_000 }) });
    const messages = [turns[0], { role: "user", content: "x".repeat(4_000) }] as readonly Message[];
    const error = await failureOf(client.chat({ messages, context: "trim" }));
    expect(error).toMatchObject({ code: "context-length", promptTokens: lengthOf(messages), contextLength: 3_000 });
  });
});

/** A client of a provider with this window, whose counts are counted. */
function counting(contextLength: number, promptTokens: number) {
  const measure = vi.fn((): Promise<PromptSize> => Promise.resolve({ promptTokens }));
  const send = vi.fn(scripted(answerOf("fine")));
  const template = stubProvider(send);
  const { capabilities } = template;
  const describing = vi.fn(() => Promise.resolve({ id: "m", aliases: [], contextLength, capabilities }));
  const client = createClient({ provider: { ...template, measure, describe: describing }, maxRetries: 0 });
  return { client, measure, describing, send };
}

describe("questions to the server", () => {
  test("none for a short prompt, about which nothing is known", async () => {
    const { client, measure, describing } = counting(100_000, 1);
    await client.chat({ messages: "Hi" });
    await client.complete({ prompt: "Hi" });
    expect(measure).not.toHaveBeenCalled();
    expect(describing).not.toHaveBeenCalled();
  });

  test("none for one that fits for sure, once the window is known", async () => {
    const { client, measure, describing } = counting(100_000, 500);
    await client.chat({ messages: long });
    await client.chat({ messages: long });
    await client.complete({ prompt: long });
    expect(describing).toHaveBeenCalledTimes(1);
    expect(measure).toHaveBeenCalledTimes(1); // beside the question for the window
  });

  test("one for another, not one more where it is refused or trimmed", async () => {
    const { client, measure, describing } = counting(1_000, 990);
    expect((await failureOf(client.chat({ messages: turns }))).promptTokens).toBe(990);
    await client.chat({ messages: turns, context: "trim" });
    expect(measure).toHaveBeenCalledTimes(2);
    expect(describing).toHaveBeenCalledTimes(1);
  });

  test("a window from a report of long ago refuses nobody", async () => {
    const { client, describing } = counting(100_000, 500);
    const { model, ...report } = await client.capabilities();
    const saved = { ...report, model: { ...model, contextLength: 10 }, learnedAt: "2020-01-01T00:00:00Z" };
    const later = createClient({ provider: client.provider, capabilities: [saved] });
    expect((await later.chat({ messages: long })).text).toBe("fine");
    expect(describing).toHaveBeenCalledTimes(2);
  });

  test("a count that fails leaves the prompt to the server", async () => {
    const { client, measure, send } = counting(1_000, 1);
    measure.mockRejectedValue(new InhouseError("not-found", "no such route"));
    expect((await client.chat({ messages: turns })).text).toBe("fine");
    expect(send).toHaveBeenCalledTimes(1);
  });
});

/** A server that counts nothing beforehand, and refuses prompts of more characters than its window. */
function refusing(contextLength: number, numbers = true) {
  const sent: ModelRequest[] = [];
  const provider: Provider = stubProvider(async function* send(request): AsyncGenerator<Batch> {
    sent.push(request);
    const promptTokens = lengthOf(sentMessages(request));
    if (promptTokens > contextLength) {
      throw new InhouseError("context-length", "too long", numbers ? { promptTokens, contextLength } : {});
    }
    yield* scripted(answerOf("fine"))(request, {} as never);
  });
  const capabilities = { ...provider.capabilities, tokenization: no("a stub") };
  return { client: createClient({ provider: { ...provider, capabilities }, maxRetries: 0 }), sent };
}

describe("with a server that counts only when it refuses", () => {
  test("its refusal is the error by default", async () => {
    const { client, sent } = refusing(5_000);
    const error = await failureOf(client.chat({ messages: turns }));
    expect(error).toMatchObject({ code: "context-length", promptTokens: lengthOf(turns), contextLength: 5_000 });
    expect(sent.length).toBe(1);
  });

  test("what it refused is sent again, trimmed by its numbers", async () => {
    const { client, sent } = refusing(5_000);
    const result = await client.chat({ messages: turns, context: "trim" });
    expect(sent.map((request) => sentMessages(request).length)).toEqual([6, 4]);
    expect(result.droppedMessages).toBe(2);
  });

  test("without numbers half of the conversation goes, and half again", async () => {
    const { client, sent } = refusing(2_100, false);
    const result = await client.chat({ messages: turns, context: "trim" });
    expect(sentMessages(sent.at(-1))).toEqual([turns[0], turns[5]]);
    expect(result.droppedMessages).toBe(4);
  });

  test("when nothing more may go, its refusal is the error", async () => {
    const { client } = refusing(10);
    const error = await failureOf(client.chat({ messages: turns, context: "trim" }));
    expect(error).toMatchObject({ code: "context-length", contextLength: 10, promptTokens: 20 });
  });
});

describe("a prompt that was cut in silence", () => {
  const chat = (usage: Usage | undefined, context?: "trim") => {
    const end: Batch = [{ type: "finish", finishReasons: ["stop"], ...(usage ? { usage } : {}) }];
    const start: Batch = [{ type: "start" }, { type: "text-delta", choice: 0, text: "an answer" }];
    const client = createClient({ provider: stubProvider(scripted([[...start, ...end]])), maxRetries: 0 });
    return client.chat({ messages: long, ...(context ? { context } : {}) });
  };

  test("is an error where the count must be of the whole prompt, with the answer in partial", async () => {
    const error = await failureOf(chat({ inputTokens: 150, outputTokens: 2, cachedInputTokens: 0 }));
    expect(error).toMatchObject({ code: "context-length", partial: { text: "an answer" }, retryable: false });
    expect(error.message).toContain("150 tokens");
  });

  test("is a warning where tokens of a cache may be missing from the count, or turns may go", async () => {
    const warning = [{ option: "context", message: expect.stringContaining("150 tokens") as string }];
    expect((await chat({ inputTokens: 150, outputTokens: 2 })).warnings).toEqual(warning);
    const trimmed = await chat({ inputTokens: 150, outputTokens: 2, cachedInputTokens: 0 }, "trim");
    expect(trimmed.warnings).toEqual(warning);
  });

  test.each([undefined, { inputTokens: 0, outputTokens: 2 }, { inputTokens: 250, outputTokens: 2 }])(
    "is not seen in %o",
    async (usage) => {
      expect((await chat(usage)).warnings).toEqual([]);
    },
  );
});

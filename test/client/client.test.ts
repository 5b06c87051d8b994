import { describe, expect, test, vi } from "vitest";

import { createClient, type ClientOptions } from "../../src/client/client.ts";
import { InhouseError } from "../../src/core/error.ts";
import type { Batch } from "../../src/core/event.ts";
import type { Handler, Middleware } from "../../src/core/handler.ts";
import type { ModelRequest } from "../../src/core/request.ts";
import { memory } from "../../src/testing/memory.ts";
import { answerOf, ended, scripted, stubClient, stubProvider } from "../support/canned.ts";
import { failureOf, thrownBy } from "../support/loopback.ts";

describe("createClient", () => {
  test.each<[string, unknown, string]>([
    ["no options", undefined, "expected an options object"],
    ["no provider", {}, "provider is a undefined, not a provider"],
    ["a provider that is a name", { provider: "llamacpp" }, "provider is a string, not a provider"],
    ["a provider that was not called", { provider: memory }, "not a provider"],
    ["a misspelt option", { provider: memory(), maxRetry: 1 }, 'unknown option "maxRetry"'],
    ["retries below 0", { provider: memory(), maxRetries: -1 }, "maxRetries: expected a whole number from 0"],
    ["an empty model name", { provider: memory(), model: "" }, "model: the name is empty"],
    ["a middleware that is no list", { provider: memory(), middleware: {} }, "middleware: expected a list"],
  ])("%s is refused", (_, options, words) => {
    const error = thrownBy(() => createClient(options as ClientOptions));
    expect(error.code).toBe("invalid-request");
    expect(error.message).toContain(words);
  });
});

describe("middleware", () => {
  test("sees every kind of request, the first one outermost", async () => {
    const seen: string[] = [];
    const watch =
      (name: string): Middleware =>
      (request, context, next) => {
        seen.push(`${name} ${request.kind}`);
        return next(request, context);
      };
    const client = createClient({ provider: memory(), middleware: [watch("outer"), watch("inner")] });
    await client.chat({ messages: "a" });
    await client.stream({ messages: "a" }).result;
    await client.stream({ prompt: "a" }).result;
    await client.complete({ prompt: "a" });
    await client.embed({ input: "a" });
    await client.rerank({ query: "a", documents: ["a"] });
    await client.tokenize({ text: "a" });
    await client.detokenize({ tokens: [97] });
    const kinds = ["chat", "chat", "completion", "completion", "embedding", "rerank", "tokenization", "detokenization"];
    expect(seen).toEqual(kinds.flatMap((kind) => [`outer ${kind}`, `inner ${kind}`]));
  });

  test("may change the request and the events, and may answer itself", async () => {
    const requests: ModelRequest[] = [];
    const provider = stubProvider((request, context) => {
      requests.push(request);
      return scripted(answerOf("secret"))(request, context);
    });
    const mask: Middleware = async function* masked(request, context, next) {
      if (request.kind !== "chat") return yield* answerOf("from the cache");
      for await (const batch of next({ ...request, messages: [{ role: "user", content: "***" }] }, context)) {
        yield batch.map((event) => (event.type === "text-delta" ? { ...event, text: "***" } : event));
      }
    };
    const client = createClient({ provider, middleware: [mask] });
    expect((await client.chat({ messages: "my secret" })).text).toBe("***");
    expect(requests).toMatchObject([{ messages: [{ content: "***" }] }]);
    expect((await client.complete({ prompt: "a" })).text).toBe("from the cache");
    expect(requests).toHaveLength(1);
  });

  test("is called once for all tries of a call, with the caller's tags", async () => {
    const seen: unknown[] = [];
    const watch: Middleware = (request, context, next) => {
      seen.push(context.tags);
      return next(request, context);
    };
    let tries = 0;
    const handler: Handler = (request, context) => {
      tries += 1;
      const busy = new InhouseError("overloaded", "busy", { retryAfterMs: 1 });
      return scripted(tries < 2 ? [busy] : answerOf("a"))(request, context);
    };
    await stubClient(handler, { middleware: [watch] }).chat({ messages: "a", tags: { team: "x" } });
    expect(seen).toEqual([{ team: "x" }]);
    expect(tries).toBe(2);
  });

  test("its own failure is the call's", async () => {
    const refuse: Middleware = () => {
      throw new InhouseError("policy", "Not on a Sunday.");
    };
    const provider = memory();
    const client = createClient({ provider, middleware: [refuse] });
    expect((await failureOf(client.chat({ messages: "a" }))).message).toBe("Not on a Sunday.");
    expect(provider.requests).toEqual([]);
  });
});

test("the signal of a call that has failed is aborted: nothing that was begun for it goes on", async () => {
  const signals: AbortSignal[] = [];
  const noting =
    (reply: Handler): Handler =>
    (request, context) => {
      signals.push(context.signal);
      return reply(request, context);
    };
  const broken = scripted([new InhouseError("invalid-request", "wrong")]);
  await failureOf(stubClient(noting(broken)).chat({ messages: "a" }));
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

describe("close()", () => {
  const waiting: Handler = async function* reply(_, { signal }) {
    yield answerOf("so far").slice(0, 2).flat() as Batch;
    await ended(signal);
  };

  test("ends running calls with closed and what they have, and closes the provider once", async () => {
    const close = vi.fn(() => Promise.resolve());
    const client = createClient({ provider: stubProvider(waiting, { close }) });
    const stream = client.stream({ messages: "a" });
    const texts = stream.text[Symbol.asyncIterator]();
    await texts.next();
    const whole = failureOf(client.chat({ messages: "a" }));
    await Promise.all([client.close(), client.close()]);
    expect(await failureOf(texts.next() as Promise<unknown>)).toMatchObject({
      code: "closed",
      partial: { text: "so far" },
    });
    expect((await failureOf(stream.result)).code).toBe("closed");
    expect((await whole).code).toBe("closed");
    expect(close).toHaveBeenCalledTimes(1);
  });

  test("later calls of every kind fail with closed", async () => {
    const client = createClient({ provider: memory() });
    await client.close();
    const calls = [
      client.chat({ messages: "a" }),
      client.complete({ prompt: "a" }),
      client.embed({ input: "a" }),
      client.rerank({ query: "a", documents: ["a"] }),
      client.tokenize({ text: "a" }),
      client.detokenize({ tokens: [1] }),
    ];
    for (const call of calls) expect((await failureOf(call)).code).toBe("closed");
    expect(thrownBy(() => client.stream({ messages: "a" })).code).toBe("closed");
  });

  test("a stream that was not begun fails with closed when it is read", async () => {
    const handler = vi.fn(scripted(answerOf("a")));
    const client = stubClient(handler);
    const stream = client.stream({ messages: "a" });
    await client.close();
    expect((await failureOf(stream.result)).code).toBe("closed");
    expect(handler).not.toHaveBeenCalled();
  });

  test("is what leaving an `await using` block does", async () => {
    const close = vi.fn(() => Promise.resolve());
    {
      await using client = createClient({ provider: stubProvider(scripted(answerOf("a")), { close }) });
      await client.chat({ messages: "a" });
      expect(close).not.toHaveBeenCalled();
    }
    expect(close).toHaveBeenCalledTimes(1);
  });
});

describe("results", () => {
  test("chat: text, thinking, calls, the message to go on with, usage and timings", async () => {
    const handler = scripted([
      [{ type: "start", requestId: "server-1" }],
      [
        { type: "reasoning-delta", choice: 0, text: "hm" },
        { type: "text-delta", choice: 0, text: "Hel" },
      ],
      [{ type: "text-delta", choice: 0, text: "lo" }],
      [{ type: "tool-call", choice: 0, index: 0, id: "1", name: "f", arguments: "{}" }],
      [{ type: "finish", finishReasons: ["tool-calls"], model: "m", usage: { inputTokens: 3, outputTokens: 2 } }],
    ]);
    const result = await stubClient(handler).chat({ messages: "a", tools: [{ name: "f" }] });
    const toolCalls = [{ id: "1", name: "f", arguments: "{}" }];
    expect(result).toMatchObject({
      text: "Hello",
      reasoning: "hm",
      toolCalls,
      finishReason: "tool-calls",
      message: { role: "assistant", content: "Hello", reasoning: "hm", toolCalls },
      model: "m",
      requestId: "server-1",
      usage: { inputTokens: 3, outputTokens: 2 },
      warnings: [],
      failedAttempts: [],
    });
    expect(result.timings.firstTokenMs).toBeLessThanOrEqual(result.timings.totalMs);
  });

  test("classify: a class for each input, or an error", async () => {
    const classes = ["spam", "ham"].map((label, index) => ({
      type: "classification" as const,
      index,
      label,
      scores: [0.2, 0.8],
    }));
    const client = stubClient(scripted([[{ type: "start" }], classes, [{ type: "finish", finishReasons: [] }]]));
    const { classifications } = await client.classify({ input: ["a", "b"] });
    expect(classifications.map(({ label }) => label)).toEqual(["spam", "ham"]);
    expect((await failureOf(client.classify({ input: ["a", "b", "c"] }))).code).toBe("protocol");
  });

  test("rerank: best first, with the documents, topN of them", async () => {
    const scores = [0.1, 0.9, 0.5].map((score, index) => ({ type: "ranking" as const, index, score }));
    const handler = scripted([[{ type: "start" }], scores, [{ type: "finish", finishReasons: [] }]]);
    const { results } = await stubClient(handler).rerank({ query: "q", documents: ["a", "b", "c"], topN: 2 });
    expect(results).toEqual([
      { index: 1, score: 0.9, document: "b" },
      { index: 2, score: 0.5, document: "c" },
    ]);
  });
});

import { describe, expect, test, vi } from "vitest";

import { createClient } from "../../../src/client/client.ts";
import { no, yes } from "../../../src/core/capability.ts";
import { InhouseError } from "../../../src/core/error.ts";
import type { Handler } from "../../../src/core/handler.ts";
import type { Health } from "../../../src/core/health.ts";
import type { ModelRequest } from "../../../src/core/request.ts";
import { llamacpp } from "../../../src/providers/llamacpp/index.ts";
import { ollama } from "../../../src/providers/ollama/index.ts";
import { fakeLlamacpp, fakeOllama, memory } from "../../../src/testing/index.ts";
import { answerOf, ended, scripted, stubClient, stubProvider } from "../../support/canned.ts";
import { failureOf } from "../../support/loopback.ts";

/** A handler that notes the requests, and refuses all kinds but these. */
function only(...kinds: readonly ModelRequest["kind"][]) {
  const requests: ModelRequest[] = [];
  const handler: Handler = (request, context) => {
    requests.push(request);
    const refusal = new InhouseError("unsupported", `no ${request.kind} here`);
    return scripted(kinds.includes(request.kind) ? answerOf("x") : [refusal])(request, context);
  };
  return { handler, requests };
}

describe("warmUp", () => {
  test("has a model that chats write one token, and says how long that took", async () => {
    const { handler, requests } = only("chat");
    const warmed = await stubClient(handler, { model: "m" }).warmUp();
    expect(warmed).toEqual({ model: "m", by: "chat", waitedMs: expect.any(Number), totalMs: expect.any(Number) });
    expect(warmed.totalMs).toBeGreaterThanOrEqual(warmed.waitedMs);
    expect(requests).toMatchObject([{ kind: "chat", sampling: { maxTokens: 1 } }]);
  });

  test("finds out what a model can do where nobody knows: one that only embeds is warmed by embedding", async () => {
    const { handler, requests } = only("embedding");
    expect(await stubClient(handler).warmUp()).toMatchObject({ by: "embedding" });
    expect(requests.map(({ kind }) => kind)).toEqual(["chat", "completion", "embedding"]);
  });

  test("does not try what the server says the model cannot", async () => {
    const { handler, requests } = only("embedding");
    const base = stubProvider(handler);
    const capabilities = {
      ...base.capabilities,
      chat: no("told"),
      completion: no("told"),
      rerank: no("told"),
      embedding: yes("told"),
    };
    const provider = { ...base, describe: (id = "m") => Promise.resolve({ id, aliases: [], capabilities }) };
    expect(await createClient({ provider }).warmUp()).toMatchObject({ by: "embedding" });
    expect(requests.map(({ kind }) => kind)).toEqual(["embedding"]);
  });

  test("leaves to the provider what it can load without using it", async () => {
    const { handler, requests } = only();
    const preload = vi.fn(() => Promise.resolve());
    const client = createClient({ provider: stubProvider(handler, { preload }) });
    expect(await client.warmUp({ model: "m" })).toMatchObject({ model: "m", by: "preload" });
    expect(preload).toHaveBeenCalledWith("m", expect.any(AbortSignal));
    expect(requests).toEqual([]);
  });

  test("waits until the server is ready first", async () => {
    const states: Health["status"][] = ["down", "loading", "busy"];
    const health = (): Promise<Health> => Promise.resolve({ status: states.shift() ?? "ready" });
    const client = createClient({ provider: stubProvider(only("chat").handler, { health }) });
    const seen: string[] = [];
    const { waitedMs } = await client.warmUp({ onHealth: ({ status }) => seen.push(status) });
    expect(seen).toEqual(["down", "loading", "busy"]);
    expect(waitedMs).toBeGreaterThan(100);
  });

  test("warms a model once for all who ask at the same time; one who leaves ends it for nobody else", async () => {
    let finish: (() => void) | undefined;
    const preload = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
    const client = createClient({ provider: stubProvider(scripted([]), { preload }) });
    const impatient = new AbortController();
    const first = client.warmUp({ model: "a", signal: impatient.signal });
    const others = [client.warmUp({ model: "a" }), client.warmUp({ model: "a" })];
    await vi.waitUntil(() => finish);
    await new Promise(setImmediate);
    impatient.abort("enough");
    expect(await failureOf(first)).toMatchObject({ code: "abort", cause: "enough" });
    finish?.();
    expect((await Promise.all(others)).map(({ model }) => model)).toEqual(["a", "a"]);
    expect(preload).toHaveBeenCalledTimes(1);
    void client.warmUp({ model: "a" }).catch(() => undefined);
    await vi.waitUntil(() => preload.mock.calls.length === 2); // what is done is not remembered
    await client.close();
  });

  test("ends the work when the last who waits for it leaves, or is out of time", async () => {
    const signals: AbortSignal[] = [];
    const preload = (_: string, signal = new AbortController().signal): Promise<void> => {
      signals.push(signal);
      return ended(signal);
    };
    const client = createClient({ provider: stubProvider(scripted([]), { preload }) });
    const error = await failureOf(client.warmUp({ model: "m", timeoutMs: 100 }));
    expect(error).toMatchObject({ code: "timeout", phase: "total" });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    const open = client.warmUp({ model: "m" });
    await vi.waitUntil(() => signals.length === 2);
    await client.close();
    expect((await failureOf(open)).code).toBe("closed");
    expect((await failureOf(client.warmUp())).code).toBe("closed");
  });

  test("fails with what the server says of a model that it has not, in one try", async () => {
    const gone = new InhouseError("not-found", "no such model");
    const client = createClient({
      provider: stubProvider(scripted([]), { preload: () => Promise.reject(gone) }),
    });
    expect(await failureOf(client.warmUp({ model: "x" }))).toMatchObject({
      code: "not-found",
      attempts: [{ attempt: 1, code: "not-found" }],
    });
    const error = await failureOf(createClient({ provider: memory() }).warmUp({ model: "x" }));
    expect(error.code).toBe("not-found");
  });

  test("fails with the first refusal where a model can do nothing of all", async () => {
    const error = await failureOf(stubClient(only().handler).warmUp());
    expect(error).toMatchObject({ code: "unsupported", message: "no chat here" });
  });

  test.each([{ timeoutMs: 0 }, { model: 5 }, { models: ["a"] }])("%j is refused", async (options) => {
    expect((await failureOf(stubClient(only("chat").handler).warmUp(options as never))).code).toBe("invalid-request");
  });
});

describe("on servers", () => {
  test("llama-server, which loads, is waited for and writes a token", async () => {
    await using server = await fakeLlamacpp({ loadingReplies: 3 });
    await using client = createClient({ provider: llamacpp({ baseURL: server.url }) });
    expect(await client.warmUp()).toMatchObject({ model: "fake", by: "chat" });
    expect(server.requests.at(-1)?.body).toMatchObject({ n_predict: 1 });
  });

  test("Ollama is told to load its model, and how long it keeps it is left to it", async () => {
    await using server = await fakeOllama();
    const provider = ollama({ baseURL: server.url });
    await using client = createClient({ provider });
    expect(await provider.running()).toEqual([]);
    expect(await client.warmUp()).toMatchObject({ model: "fake:latest", by: "preload" });
    expect((await provider.running()).map(({ model }) => model)).toEqual(["fake:latest"]);
    const load = server.requests.find(({ path }) => path === "/api/generate");
    expect(load?.body).not.toHaveProperty("keep_alive");
  });

  test("a call to a llama-server that loads is answered, over one more request than it needs", async () => {
    await using server = await fakeLlamacpp({ loadingReplies: 4 });
    await using client = createClient({ provider: llamacpp({ baseURL: server.url }), maxRetries: 0 });
    const { text, failedAttempts } = await client.chat({ messages: "One two" });
    expect(text).toBe("One two");
    expect(failedAttempts.map(({ code }) => code)).toEqual(["not-ready"]);
    expect(server.requests.filter(({ path }) => path === "/v1/chat/completions")).toHaveLength(2);
  });
});

import { afterAll, describe, expect, inject, test } from "vitest";

import { startLlamaServer } from "../../scripts/servers/index.ts";
import { createClient, type Message, type Provider } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { failureOf } from "../support/loopback.ts";
import { servedHere } from "../support/served-here.ts";

interface Served {
  readonly provider: () => Provider;
  readonly model: string;
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const numCtx = 512;
const started: { stop(): Promise<void> }[] = [];
afterAll(async () => void (await Promise.all(started.map((server) => server.stop()))));

const servers: readonly [title: string, find: () => Promise<Served | { readonly unavailable: string }>][] = [
  [
    "llama-server",
    async () => {
      const server = await startLlamaServer({ contextLength: 512, parallel: 1 });
      started.push(server);
      return { provider: () => llamacpp({ baseURL: server.url }), model: server.model };
    },
  ],
  [
    "Ollama",
    async () => {
      const server = inject("ollama");
      if ("unavailable" in server) return server;
      const provider = () => ollama({ baseURL: server.url });
      return { provider, model: "smollm2", providerOptions: { ollama: { numCtx } } };
    },
  ],
  [
    "vLLM",
    async () => {
      const server = inject("vllm");
      if ("unavailable" in server) return server;
      return { provider: () => vllm({ baseURL: server.url, apiKey: server.apiKey }), model: server.model };
    },
  ],
];
const found = await Promise.all(servedHere(servers).map(async ([title, find]) => [title, await find()] as const));

const system: Message = { role: "system", content: "You are terse, and you answer in one word." };

/** A conversation of about twice as many tokens. */
function talkOf(tokens: number): readonly Message[] {
  const turns = Array.from({ length: Math.ceil(tokens / 50) }, (_, turn): readonly Message[] => [
    { role: "user", content: `Question ${turn}: ${"what is the colour of the sky? ".repeat(6)}` },
    { role: "assistant", content: `Answer ${turn}: ${"it is blue as far as one sees. ".repeat(6)}` },
  ]);
  return [system, ...turns.flat(), { role: "user", content: "Which colour?" }];
}

describe.each(found)("%s", (_, served) => {
  test("refuses a prompt that is too long with both numbers, and answers a conversation that it may trim", async ({
    skip,
  }) => {
    if ("unavailable" in served) return skip(served.unavailable);
    const { model, providerOptions } = served;
    await using client = createClient({ provider: served.provider(), model });
    const options = { maxTokens: 8, temperature: 0, ...(providerOptions ? { providerOptions } : {}) };
    const window = providerOptions ? numCtx : ((await client.describe()).contextLength ?? 0);
    const messages = talkOf(window);

    const refused = await failureOf(client.chat({ messages, ...options }));
    expect(refused).toMatchObject({ code: "context-length", contextLength: window, retryable: false });
    expect(refused.promptTokens).toBeGreaterThan(window);
    const completion = await failureOf(client.complete({ prompt: "hello ".repeat(window + 100), ...options }));
    expect(completion).toMatchObject({ code: "context-length", contextLength: window });
    expect(completion.promptTokens).toBeGreaterThan(window);

    const trimmed = await client.chat({ messages, context: "trim", ...options });
    const { droppedMessages: dropped = 0, usage } = trimmed;
    expect(dropped).toBeGreaterThan(0);
    expect(trimmed.warnings.map(({ option }) => option)).toEqual(["context"]);
    // As many tokens were read as the system message and what was left have, and they use the window well.
    const kept = await client.chat({ messages: [system, ...messages.slice(1 + dropped)], ...options });
    expect(kept).not.toHaveProperty("droppedMessages");
    expect(usage?.inputTokens).toBe(kept.usage?.inputTokens);
    expect(usage?.inputTokens).toBeGreaterThan(window / 2);
    expect(usage?.inputTokens).toBeLessThanOrEqual(window - 8);
  });

  test("counts a prompt beforehand as it counts it afterwards", async ({ skip }) => {
    if ("unavailable" in served) return skip(served.unavailable);
    const { model } = served;
    const provider = served.provider();
    if (provider.capabilities.tokenization.supported === "no") return skip("it counts nothing beforehand");
    await using client = createClient({ provider, model });
    const chat = { messages: [system, { role: "user", content: "Say hello." }], maxTokens: 1 } as const;
    const size = await provider.measure?.({ kind: "chat", model, sampling: {}, stream: false, ...chat });
    expect(size?.promptTokens).toBe((await client.chat(chat)).usage?.inputTokens);
    const text = { prompt: "The sky is", maxTokens: 1 };
    const length = await provider.measure?.({ kind: "completion", model, sampling: {}, stream: false, ...text });
    expect(length?.promptTokens).toBe((await client.complete(text)).usage?.inputTokens);
    return undefined;
  });
});

describe.each(servedHere([["Ollama"]]))("a prompt that %s cuts in silence", () => {
  test("is an error through its imitation of OpenAI's protocol, a warning where the caller allowed it", async ({
    skip,
  }) => {
    const ollamaServer = inject("ollama");
    if ("unavailable" in ollamaServer) return skip(ollamaServer.unavailable);
    const native = ollama({ baseURL: ollamaServer.url });
    await native.create({ model: "small-window", from: "smollm2", parameters: { numCtx } }).done;
    const messages = talkOf(4 * numCtx);
    await using compatible = createClient({
      provider: openaiCompatible({ baseURL: `${ollamaServer.url}/v1` }),
      model: "small-window",
    });
    const cut = await failureOf(compatible.chat({ messages, maxTokens: 4 }));
    expect(cut.code).toBe("context-length");
    expect(cut.message).toContain("cut the rest off");
    await using client = createClient({ provider: native, model: "small-window" });
    const providerOptions = { ollama: { truncate: true } };
    const allowed = await client.chat({ messages, maxTokens: 4, providerOptions });
    expect(allowed.warnings.map(({ option }) => option)).toEqual(["context"]);
    return undefined;
  });
});

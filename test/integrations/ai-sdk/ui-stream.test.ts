import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import type { ChatState, UIMessage } from "ai";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { createClient, isInhouseError, type ModelEvent } from "../../../src/index.ts";
import { vllm } from "../../../src/providers/vllm/index.ts";
import { fakeVllm, memory, type FakeVllmOptions } from "../../../src/testing/index.ts";
import { aiSdks } from "../../support/ai-sdks.ts";

/** A server with one path, as a program has it behind `useChat()`. */
async function endpoint(answer: (body: { messages: UIMessage[] }, signal: AbortSignal) => Promise<Response>) {
  const server = createServer((request, response) => {
    const left = new AbortController();
    response.once("close", () => left.abort());
    void (async () => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      const reply = await answer(
        JSON.parse(Buffer.concat(pieces).toString()) as { messages: UIMessage[] },
        left.signal,
      );
      response.writeHead(reply.status, Object.fromEntries(reply.headers));
      for await (const piece of reply.body ?? []) response.write(piece);
      response.end();
    })().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const question: UIMessage = { id: "1", role: "user", parts: [{ type: "text", text: "The weather?" }] };

describe.each(aiSdks)("an endpoint of useChat() with %s", (_, { ai, createInhouse }) => {
  test("thinking, calls and text arrive in the browser's messages", async () => {
    const calling: readonly ModelEvent[] = [
      { type: "start" },
      { type: "reasoning-delta", choice: 0, text: "I have to look." },
      { type: "tool-call", choice: 0, index: 0, id: "a", name: "weather", arguments: '{"city":"Berlin"}' },
      { type: "finish", finishReasons: ["tool-calls"] },
    ];
    const client = createClient({
      provider: memory({ reply: (_request, call) => (call === 1 ? calling : "21 degrees.") }),
    });
    const url = await endpoint(async ({ messages }) =>
      ai
        .streamText({
          model: createInhouse({ client })(),
          messages: await ai.convertToModelMessages(messages),
          stopWhen: ai.stepCountIs(3),
          tools: { weather: ai.tool({ inputSchema: z.object({ city: z.string() }), execute: () => "21" }) },
        })
        .toUIMessageStreamResponse(),
    );
    const stream = await new ai.DefaultChatTransport({ api: url }).sendMessages({
      trigger: "submit-message",
      chatId: "chat",
      messageId: undefined,
      messages: [question],
      abortSignal: undefined,
    });
    let last: UIMessage | undefined;
    for await (const message of ai.readUIMessageStream({ stream })) last = message;
    expect(last?.parts.filter(({ type }) => type !== "step-start")).toMatchObject([
      { type: "reasoning", text: "I have to look.", state: "done" },
      { type: "tool-weather", state: "output-available", input: { city: "Berlin" }, output: "21" },
      { type: "text", text: expect.stringContaining("21 degrees.") as string, state: "done" },
    ]);
  });

  test("a browser that leaves stops the model", async () => {
    await using server = await fakeVllm({ text: "word ".repeat(2_000), pauseMs: 2 });
    await using client = createClient({ provider: vllm({ baseURL: server.url }) });
    const url = await endpoint(async ({ messages }, abortSignal) =>
      ai
        .streamText({
          model: createInhouse({ client })(),
          messages: await ai.convertToModelMessages(messages),
          abortSignal,
        })
        .toUIMessageStreamResponse(),
    );
    const controller = new AbortController();
    const stream = await new ai.DefaultChatTransport({ api: url }).sendMessages({
      trigger: "submit-message",
      chatId: "chat",
      messageId: undefined,
      messages: [question],
      abortSignal: controller.signal,
    });
    const reader = stream.getReader();
    for (let part = await reader.read(); part.value?.type !== "text-delta"; part = await reader.read());
    controller.abort();
    await expect(reader.read().then(() => reader.closed)).rejects.toThrow(/abort/i);
    await server.idle();
    expect(server.history.at(-1)?.end).toBe("client-left");
  });
});

/** What a framework keeps of a chat, for a page that has none. */
const stateOf = (messages: UIMessage[] = []): ChatState<UIMessage> => ({
  status: "ready",
  error: undefined,
  messages,
  pushMessage(message) {
    this.messages = [...this.messages, message];
  },
  popMessage() {
    this.messages = this.messages.slice(0, -1);
  },
  replaceMessage(index, message) {
    this.messages = this.messages.map((old, at) => (at === index ? message : old));
  },
  snapshot: (value) => structuredClone(value),
});

describe.each(aiSdks)("useChat() itself, as its class is in %s", (_, { ai, createInhouse }) => {
  class Chat extends ai.AbstractChat<UIMessage> {}
  const chatOf = (api: string): Chat =>
    new Chat({ id: "chat", state: stateOf(), transport: new ai.DefaultChatTransport({ api }) });

  /** A chat with a vLLM behind the endpoint of the docs. */
  async function open(options: FakeVllmOptions = {}, key?: string, onError?: (error: unknown) => string) {
    const server = await fakeVllm(options);
    const provider = vllm({ baseURL: server.url, ...(key === undefined ? {} : { apiKey: key }) });
    const client = createClient({ provider, maxRetries: 0, timeout: { readyMs: 0 } });
    onTestFinished(async () => {
      await client.close();
      await server.close();
    });
    const model = createInhouse({ client })();
    const url = await endpoint(async ({ messages }, abortSignal) =>
      ai
        .streamText({
          model,
          messages: await ai.convertToModelMessages(messages),
          abortSignal,
          onError: () => undefined,
        })
        .toUIMessageStreamResponse(onError ? { onError } : {}),
    );
    return { server, chat: chatOf(url) };
  }

  test("a talk of two turns, and one answer once more", async () => {
    const { chat, server } = await open({ text: "Blue." });
    await chat.sendMessage({ text: "Which colour?" });
    await chat.sendMessage({ text: "Sure?" });
    await chat.regenerate();
    expect(chat.status).toBe("ready");
    expect(
      chat.messages.map(({ role, parts }) => [role, parts.flatMap((p) => (p.type === "text" ? p.text : []))]),
    ).toEqual([
      ["user", ["Which colour?"]],
      ["assistant", ["Blue."]],
      ["user", ["Sure?"]],
      ["assistant", ["Blue."]],
    ]);
    const asked = server.requests.filter(({ path }) => path.includes("chat")).at(-1);
    expect(asked?.body["messages"]).toMatchObject([
      { role: "user", content: "Which colour?" },
      { role: "assistant", content: "Blue." },
      { role: "user", content: "Sure?" },
    ]);
  });

  test("stop() frees the place at the server, and what had come stays", async () => {
    const { chat, server } = await open({ text: "word ".repeat(2_000), pauseMs: 2 });
    const sent = chat.sendMessage({ text: "Go on." });
    await expect.poll(() => JSON.stringify(chat.messages.at(-1))).toContain("word word");
    await chat.stop();
    await sent;
    await server.idle();
    expect(server.history.at(-1)).toMatchObject({ end: "client-left" });
    expect([chat.status, chat.error]).toEqual(["ready", undefined]);
    expect(JSON.stringify(chat.messages.at(-1))).toContain("word word");
    await server.idle();
    expect(server.running()).toBe(0);
  });

  test("the page can be told the code of an error", async () => {
    const { chat } = await open({ busyReplies: 1 }, undefined, (error) =>
      isInhouseError(error) ? error.code : "error",
    );
    await chat.sendMessage({ text: "Hi" });
    expect(chat.error?.message).toBe("overloaded");
  });

  test.each<[string, FakeVllmOptions]>([
    ["a key that is wrong", { apiKey: "another" }],
    ["a server that is busy", { busyReplies: 1 }],
    ["a server that breaks off in mid-answer", { text: "one two three", faults: [{ name: "cut", atToken: 2 }] }],
  ])(
    "%s is an error on the page that tells neither key nor address, and the next try is free to work",
    async (what, options) => {
      const { chat, server } = await open(options, "sk-secret-1");
      await chat.sendMessage({ text: "Hi" });
      expect(chat.status).toBe("error");
      expect(chat.error?.message).not.toMatch(/sk-secret-1|127\.0\.0\.1/);
      expect(chat.error?.message).not.toBe("");
      await server.idle();
      if (what === "a key that is wrong") return;
      await chat.regenerate();
      expect([chat.status, chat.error]).toEqual(["ready", undefined]);
    },
  );
});

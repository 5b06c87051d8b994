import { describe, expect, test } from "vitest";

import { createClient } from "../../src/client/client.ts";
import type { Message } from "../../src/core/message.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { fakeLlamacpp, fakeOllama, fakeVllm } from "../../src/testing/index.ts";
import { failureOf } from "../support/loopback.ts";

const contextLength = 6_000; // tokens are characters there
const servers = [
  {
    name: "llama-server",
    start: fakeLlamacpp,
    provider: llamacpp,
    generation: "/v1/chat/completions",
    count: "/v1/chat/completions/input_tokens",
  },
  { name: "vLLM", start: fakeVllm, provider: vllm, generation: "/v1/chat/completions", count: "/tokenize" },
  { name: "Ollama", start: fakeOllama, provider: ollama, generation: "/api/chat", count: undefined },
] as const;

const call = { id: "c", name: "f", arguments: "{}" };
const talk: readonly Message[] = [
  { role: "system", content: "You are terse." },
  { role: "user", content: "a".repeat(3_000) },
  { role: "assistant", content: "", toolCalls: [call] },
  { role: "tool", toolCallId: "c", content: "b".repeat(3_000) },
  { role: "assistant", content: "c" },
  { role: "user", content: "d".repeat(1_500) },
  { role: "assistant", content: "e" },
  { role: "user", content: "And now?" },
];

describe.each(servers)("the client and $name", ({ start, provider, generation, count }) => {
  async function served() {
    const server = await start({ contextLength });
    const client = createClient({ provider: provider({ baseURL: server.url }), model: "fake" });
    const asked = (path: string | undefined) => server.requests.filter((request) => request.path === path);
    return { client, asked, close: async () => (await client.close(), server.close()) };
  }

  test("a prompt that is too long fails with both numbers, before it is sent where the server counts", async () => {
    const { client, asked, close } = await served();
    const error = await failureOf(client.chat({ messages: talk }));
    expect(error).toMatchObject({ code: "context-length", contextLength, retryable: false });
    expect(error.promptTokens).toBeGreaterThan(contextLength);
    expect(asked(generation).length).toBe(count === undefined ? 1 : 0);
    await close();
  });

  test("a conversation that may be trimmed is answered without its oldest turn, its tool exchange included", async () => {
    const { client, asked, close } = await served();
    const result = await client.chat({ messages: talk, context: "trim" });
    expect(result.text).toBe("And now?");
    expect(result.droppedMessages).toBe(4);
    expect(result.warnings.map(({ option }) => option)).toEqual(["context"]);
    const sent = asked(generation).at(-1)?.body["messages"] as readonly { readonly content: string }[];
    expect(sent.map(({ content }) => content.slice(0, 3))).toEqual(["You", "ddd", "e", "And"]);
    // One request more than the answer's: a count, or the refusal.
    expect(asked(count).length + asked(generation).length).toBe(2);
    await close();
  });

  test("a short prompt is sent without a question about it", async () => {
    const { client, asked, close } = await served();
    await client.chat({ messages: "Hi" });
    expect(asked(count).length).toBe(0);
    expect(asked(generation).length).toBe(1);
    await close();
  });
});

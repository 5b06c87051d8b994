import type { CallbackHandlerMethods } from "@langchain/core/callbacks/base";
import type { AIMessageChunk } from "@langchain/core/messages";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { concat } from "@langchain/core/utils/stream";
import { describe, expect, test } from "vitest";

import type { ChatInhouse } from "../../../src/integrations/langchain/index.ts";
import { memory, type MemoryProvider } from "../../../src/testing/memory.ts";
import { modelOf, thinking } from "./chat-models.ts";

/** An answer of which the first word has come and the others never do. */
function stuck(): { readonly provider: MemoryProvider; readonly model: ChatInhouse } {
  const provider = memory({ delayMs: 20, reply: () => "one ".repeat(2_000) });
  return { provider, model: modelOf(provider) };
}

describe("a stream", () => {
  test("adds up to the answer, with its tokens and metadata once", async () => {
    let whole: AIMessageChunk | undefined;
    for await (const chunk of await modelOf(memory({ reply: () => thinking })).stream("Warm?")) {
      whole = whole ? concat(whole, chunk) : chunk;
    }
    expect(whole?.text).toBe("Warm enough.");
    expect(whole?.contentBlocks).toMatchObject([
      { type: "reasoning", reasoning: "It is summer." },
      { type: "text", text: "Warm enough." },
    ]);
    expect(whole?.usage_metadata).toMatchObject({
      total_tokens: 26,
      input_token_details: { cache_read: 8 },
      output_token_details: { reasoning: 2 },
    });
    expect(whole?.response_metadata).toMatchObject({ model: "small", finish_reason: "stop" });
  });

  test("has its calls in pieces that become one call", async () => {
    const of = { choice: 0, index: 0 };
    const provider = memory({
      reply: () => [
        { type: "start" },
        { type: "text-delta", choice: 0, text: "Let me see." },
        { type: "tool-call-delta", ...of, id: "c1", name: "look", arguments: '{"at":' },
        { type: "tool-call-delta", ...of, arguments: '"sky"}' },
        { type: "tool-call", ...of, id: "c1", name: "look", arguments: '{"at":"sky"}' },
        { type: "finish", finishReasons: ["tool-calls"], model: "small" },
      ],
    });
    const bound = modelOf(provider).bindTools([{ name: "look", schema: { type: "object" } }]);
    let whole: AIMessageChunk | undefined;
    for await (const chunk of await bound.stream("Warm?")) whole = whole ? concat(whole, chunk) : chunk;
    expect(whole?.tool_call_chunks).toHaveLength(1);
    expect(whole?.tool_calls).toEqual([{ type: "tool_call", id: "c1", name: "look", args: { at: "sky" } }]);
    expect(whole?.response_metadata["finish_reason"]).toBe("tool_calls");
  });

  test("of events tells each block from its start to its end, and why the answer ended", async () => {
    const stream = modelOf(memory({ reply: () => thinking })).streamEvents("Warm?");
    const names: string[] = [];
    for await (const event of stream) names.push("index" in event ? `${event.event} ${event.index}` : event.event);
    expect(names).toEqual([
      "message-start",
      "content-block-start 0",
      "content-block-delta 0",
      "content-block-delta 0",
      "content-block-finish 0",
      "content-block-start 1",
      "content-block-delta 1",
      "content-block-delta 1",
      "content-block-finish 1",
      "usage",
      "message-finish",
    ]);
    expect(await stream.reasoning).toBe("It is summer.");
    expect(await stream.text).toBe("Warm enough.");
    const message = await stream;
    expect(message.usage_metadata).toMatchObject({ total_tokens: 26 });
    expect(message.response_metadata).toMatchObject({ model: "small", finish_reason: "stop" });
  });

  test("of events has a call beside the text that came before it", async () => {
    const provider = memory({
      reply: () => [
        { type: "start" },
        { type: "text-delta", choice: 0, text: "Let me see." },
        { type: "tool-call", choice: 0, index: 0, id: "c1", name: "look", arguments: '{"at":"sky"}' },
        { type: "finish", finishReasons: ["tool-calls"], model: "small" },
      ],
    });
    const stream = modelOf(provider).streamEvents("Warm?", { tools: [{ name: "look", schema: { type: "object" } }] });
    expect(await stream.toolCalls).toMatchObject([{ id: "c1", name: "look", args: { at: "sky" } }]);
    const message = await stream;
    expect(message.text).toBe("Let me see.");
    expect(message.tool_calls).toHaveLength(1);
    expect(message.response_metadata["finish_reason"]).toBe("tool_use");
  });

  test("goes through a chain, and is told by streamEvents v2", async () => {
    const model = modelOf(memory({ reply: () => thinking }));
    const chain = ChatPromptTemplate.fromTemplate("Warm in {city}?").pipe(model).pipe(new StringOutputParser());
    const said: string[] = [];
    for await (const text of await chain.stream({ city: "Graz" })) said.push(text);
    expect(said.join("")).toBe("Warm enough.");

    const events: string[] = [];
    for await (const { event } of chain.streamEvents({ city: "Graz" }, { version: "v2" })) events.push(event);
    expect(events.filter((event) => event === "on_chat_model_stream")).toHaveLength(5);
  });
});

describe("callbacks", () => {
  function told() {
    const tokens: string[] = [];
    const handler = {
      awaitHandlers: true,
      handleLLMNewToken: (token: string) => void tokens.push(token),
      handleLLMError: (error: Error) => void tokens.push(`failed: ${error.name}`),
    } satisfies CallbackHandlerMethods & { awaitHandlers: boolean };
    return { tokens, handler };
  }

  test("are told each token of a stream, and of an answer where `streaming` says so", async () => {
    const { tokens, handler } = told();
    const provider = memory({ reply: () => "one two" });
    for await (const _ of await modelOf(provider).stream("Hi", { callbacks: [handler] }));
    expect(tokens.join("")).toBe("one two");

    tokens.length = 0;
    await modelOf(provider).invoke("Hi", { callbacks: [handler] });
    expect(tokens).toEqual([]);
    const answer = await modelOf(provider, { streaming: true }).invoke("Hi", { callbacks: [handler] });
    expect(tokens.join("")).toBe("one two");
    expect(answer.text).toBe("one two");
    expect(answer.usage_metadata).toMatchObject({ output_tokens: 2 });
  });

  test("are told the error", async () => {
    const { tokens, handler } = told();
    const call = modelOf(memory()).invoke("x".repeat(5_000), { callbacks: [handler] });
    await expect(call).rejects.toThrow("tokens");
    expect(tokens).toEqual(["failed: InhouseError"]);
  });
});

describe("an end from outside", () => {
  test("by the signal of a stream stops the model, and keeps what had come", async () => {
    const { ModelAbortError } = await import("@langchain/core/errors");
    const { provider, model } = stuck();
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      for await (const _ of await model.stream("Count", { signal: controller.signal })) controller.abort();
    };
    const error = await read().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: expect.stringMatching("AbortError") as string });
    await expect.poll(() => provider.running).toBe(0); // LangChain rejects before the call has ended

    const whole = model.invoke("Count", { signal: AbortSignal.timeout(100) });
    const failure: unknown = await whole.then(undefined, (reason: unknown) => reason);
    expect(failure).toMatchObject({ code: "abort", name: "AbortError", lc_error_code: "MODEL_ABORTED" });
    expect(ModelAbortError.isInstance(failure)).toBe(true);
    expect((failure as { partialOutput: AIMessageChunk }).partialOutput.text).toMatch(/^one /);
    expect(provider.running).toBe(0);
  });

  test("by leaving the loop stops the model", async () => {
    const { provider, model } = stuck();
    for await (const _ of await model.stream("Count")) break;
    expect(provider.running).toBe(0);
  });

  test("by LangChain's timeout of a call, or the model's own", async () => {
    const { model, provider } = stuck();
    await expect(model.invoke("Count", { timeout: 100 })).rejects.toMatchObject({ code: "abort" });
    const told = async () => model.streamEvents("Count", { timeout: 100 });
    await expect(told()).rejects.toMatchObject({ code: "abort" });
    const limited = modelOf(provider, { timeout: 100 });
    await expect(limited.invoke("Count")).rejects.toMatchObject({ code: "timeout", phase: "total" });
    const patient = modelOf(provider).invoke("Count", { timeouts: { totalMs: 100 } });
    await expect(patient).rejects.toMatchObject({ code: "timeout", phase: "total" });
  });
});

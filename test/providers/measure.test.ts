import { describe, expect, test } from "vitest";

import type { CompletionRequest } from "../../src/core/request.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { canned, chatRequest, json } from "../support/canned.ts";

const prompt: CompletionRequest = { kind: "completion", model: "m", prompt: "Hi", sampling: {}, stream: false };
const picture = { type: "image", mediaType: "image/png", data: "AA==" } as const;
const tools = [{ name: "f", parameters: { type: "object" } }];

describe("llama-server counts in one request", () => {
  test("a chat as it would be sent, with tools and the template's variables", async () => {
    const transport = canned(json({ input_tokens: 31, object: "response.input_tokens" }));
    const request = chatRequest({ tools, reasoning: false });
    expect(await llamacpp({ transport }).measure?.(request)).toEqual({ promptTokens: 31 });
    expect(transport.requests.map(({ path }) => path)).toEqual(["/v1/chat/completions/input_tokens"]);
    expect(transport.sent()).toMatchObject({
      messages: [{ role: "user", content: "Hi" }],
      tools: [{ function: { name: "f" } }],
      chat_template_kwargs: { enable_thinking: false },
    });
  });

  test("a text with the tokens that open it; token ids need no question", async () => {
    const transport = canned(json({ tokens: [1, 2, 3] }));
    const provider = llamacpp({ transport });
    expect(await provider.measure?.(prompt)).toEqual({ promptTokens: 3 });
    expect(transport.sent()).toMatchObject({ content: "Hi", add_special: true });
    expect(await provider.measure?.({ ...prompt, prompt: [7, 8] })).toEqual({ promptTokens: 2 });
    expect(transport.requests.length).toBe(1);
  });
});

describe("vLLM counts and tells the window in one request", () => {
  const reply = json({ count: 31, max_model_len: 2_048, tokens: [], token_strs: null });

  test("for a chat with tools and the template's variables", async () => {
    const transport = canned(reply);
    const providerOptions = { vllm: { chatTemplateKwargs: { lang: "en" }, priority: 1 } };
    const request = chatRequest({ tools, reasoning: "low", providerOptions });
    expect(await vllm({ transport }).measure?.(request)).toEqual({ promptTokens: 31, contextLength: 2_048 });
    const { tools: sent, ...body } = transport.sent();
    expect(sent).toMatchObject([{ function: { name: "f" } }]);
    expect(body).toEqual({
      model: "m",
      messages: [{ role: "user", content: "Hi" }],
      chat_template_kwargs: { reasoning_effort: "low", enable_thinking: true, lang: "en" },
    });
  });

  test("for a text", async () => {
    const transport = canned(reply);
    expect(await vllm({ transport }).measure?.(prompt)).toEqual({ promptTokens: 31, contextLength: 2_048 });
    expect(transport.sent()).toEqual({ model: "m", prompt: "Hi", add_special_tokens: true });
  });

  test("unless the caller lets it cut the prompt", async () => {
    const transport = canned(reply);
    const providerOptions = { vllm: { truncatePromptTokens: -1 } };
    const provider = vllm({ transport });
    expect(await provider.measure?.(chatRequest({ providerOptions }))).toEqual({ mayBeCut: true });
    expect(await provider.measure?.({ ...prompt, providerOptions })).toEqual({ mayBeCut: true });
    expect(transport.requests).toEqual([]);
  });
});

test.each([llamacpp, vllm])("pictures are not counted, and nothing is asked (%o)", async (provider) => {
  const transport = canned();
  const messages = [{ role: "user", content: [picture] }] as const;
  expect(await provider({ transport }).measure?.(chatRequest({ messages }))).toEqual({});
  expect(transport.requests).toEqual([]);
});

test("Ollama counts nothing, and has the window that the call names", async () => {
  const transport = canned();
  const measured = (options: object) =>
    ollama({ transport }).measure?.(chatRequest({ providerOptions: { ollama: { ...options } } }));
  expect(await measured({ numCtx: 512 })).toEqual({ contextLength: 512 });
  expect(await measured({ truncate: true })).toEqual({ mayBeCut: true });
  expect(await measured({})).toEqual({});
  expect(transport.requests).toEqual([]);
});

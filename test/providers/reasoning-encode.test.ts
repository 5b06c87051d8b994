import { describe, expect, test } from "vitest";

import type { Message } from "../../src/core/message.ts";
import type { Provider } from "../../src/core/provider.ts";
import type { ChatRequest, Reasoning } from "../../src/core/request.ts";
import type { Transport } from "../../src/core/transport.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { withProps } from "../../src/providers/llamacpp/llamacpp-describe.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { withShow } from "../../src/providers/ollama/ollama-describe.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { canned, chatRequest, eventsOf } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

type Make = (transport: Transport) => Provider;
const makes = {
  llamacpp: (transport) => llamacpp({ transport }),
  vllm: (transport) => vllm({ transport }),
  ollama: (transport) => ollama({ transport }),
  "openai-compatible": (transport) => openaiCompatible({ baseURL: "http://model.example", transport }),
} as const satisfies Record<string, Make>;

/** What a provider sends of a chat; that no answer comes is no matter here. */
async function bodyOf(make: Make, request: Partial<ChatRequest>): Promise<Readonly<Record<string, unknown>>> {
  const transport = canned({ status: 400 });
  await failureOf(eventsOf(make(transport).send, chatRequest(request)));
  return transport.sent();
}

describe("one option, as each server has it", () => {
  test.each([
    ["llamacpp", false, { chat_template_kwargs: { enable_thinking: false } }],
    ["llamacpp", true, { chat_template_kwargs: { enable_thinking: true } }],
    ["llamacpp", "low", { chat_template_kwargs: { enable_thinking: true, reasoning_effort: "low" } }],
    ["llamacpp", { maxTokens: 8 }, { chat_template_kwargs: { enable_thinking: true }, reasoning_budget_tokens: 8 }],
    ["vllm", false, { reasoning_effort: "none" }],
    ["vllm", true, { reasoning_effort: "high" }],
    ["vllm", "low", { reasoning_effort: "low" }],
    ["vllm", { maxTokens: 8 }, { reasoning_effort: "high", thinking_token_budget: 8 }],
    ["ollama", false, { think: false }],
    ["ollama", true, { think: true }],
    ["ollama", "low", { think: "low" }],
    ["openai-compatible", false, { reasoning_effort: "none" }],
    ["openai-compatible", "low", { reasoning_effort: "low" }],
  ] as const)("%s %o", async (name, reasoning: Reasoning, fields) => {
    expect(await bodyOf(makes[name], { reasoning })).toMatchObject(fields);
  });

  test.each(["ollama", "openai-compatible"] as const)("%s has no budget and sends nothing", async (name) => {
    const transport = canned();
    const request = chatRequest({ reasoning: { maxTokens: 8 } });
    const error = await failureOf(eventsOf(makes[name](transport).send, request));
    expect(error.code).toBe("unsupported");
    expect(transport.requests).toEqual([]);
  });

  test("other variables of the template do not undo it", async () => {
    const providerOptions = { llamacpp: { chatTemplateKwargs: { lang: "en" } } };
    const body = await bodyOf(makes.llamacpp, { reasoning: false, providerOptions });
    expect(body["chat_template_kwargs"]).toEqual({ enable_thinking: false, lang: "en" });
  });
});

describe("thinking that is sent back", () => {
  const call = { id: "c", name: "f", arguments: "{}" };
  const messages: readonly Message[] = [
    { role: "user", content: "first" },
    { role: "assistant", content: "one", reasoning: "old thought" },
    { role: "user", content: "second" },
    { role: "assistant", content: "", reasoning: "new thought", toolCalls: [call] },
    { role: "tool", toolCallId: "c", content: "done" },
  ];

  test.each([
    ["llamacpp", "reasoning_content"],
    ["vllm", "reasoning"],
    ["ollama", "thinking"],
  ] as const)("to %s is that of the turn which is being answered", async (name, field) => {
    const body = await bodyOf(makes[name], { messages });
    const sent = body["messages"] as readonly Readonly<Record<string, unknown>>[];
    expect(sent.map((message) => message[field])).toEqual([undefined, undefined, undefined, "new thought", undefined]);
    expect(JSON.stringify(body)).not.toContain("old thought");
  });

  test("to a server about which nothing is known is none", async () => {
    expect(JSON.stringify(await bodyOf(makes["openai-compatible"], { messages }))).not.toContain("thought");
  });
});

describe("what a chat template gives away", () => {
  const info = { id: "m", aliases: [], capabilities: llamacpp().capabilities };
  const supported = (template: string) => {
    const { capabilities } = withProps(info, { chat_template: template });
    const { reasoning, reasoningSwitch, reasoningEffort, reasoningBudget } = capabilities;
    return [reasoning, reasoningSwitch, reasoningEffort, reasoningBudget].map((capability) => capability.supported);
  };

  test.each([
    ["{{ messages }}", ["no", "no", "no", "no"]],
    ["<think>{{ messages }}", ["yes", "no", "no", "yes"]],
    ["{% if enable_thinking %}<think>", ["yes", "yes", "no", "yes"]],
    ["{{ reasoning_effort }}<think>", ["yes", "no", "yes", "yes"]],
    ["", ["unknown", "unknown", "unknown", "unknown"]],
  ])("llama-server: %s", (template, expected) => {
    expect(supported(template)).toEqual(expected);
  });

  test.each([
    [{ template: "{{ .ThinkLevel }}" }, "yes"],
    [{ template: "{{ .Think }}" }, "no"],
    [{ template: "{{ .Prompt }}", renderer: "gptoss" }, "unknown"],
    [{}, "unknown"],
  ])("Ollama: degrees of %o", (show, expected) => {
    expect(withShow(info, show, undefined).capabilities.reasoningEffort.supported).toBe(expected);
  });
});

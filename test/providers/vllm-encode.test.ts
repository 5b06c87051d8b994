import { describe, expect, test } from "vitest";

import type { ChatRequest, ModelRequest } from "../../src/core/request.ts";
import { samplingRanges } from "../../src/core/sampling.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { canned, chatRequest, eventsOf, opening } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";
import { chatStream } from "../support/wire.ts";

async function encoded(request: ModelRequest, baseURL = "http://127.0.0.1:8000") {
  const transport = canned({ body: chatStream("a") });
  const events = await opening(vllm({ baseURL, transport }).send, request);
  const warnings = events.flatMap((event) => (event.type === "warning" ? [event.warning.option] : []));
  return { path: transport.requests[0]?.path, body: transport.sent(), warnings };
}

async function refusal(request: ModelRequest) {
  const transport = canned({});
  const error = await failureOf(eventsOf(vllm({ transport }).send, request));
  expect(transport.requests).toHaveLength(0);
  return error;
}

const chatBody = async (more: Partial<ChatRequest>) => (await encoded(chatRequest(more))).body;
const completion = { kind: "completion", prompt: "a", sampling: {}, stream: false } as const;

describe("chat", () => {
  test("streams though no stream was asked for, so that a stopped server is noticed", async () => {
    expect(await encoded(chatRequest({ stream: false }))).toMatchObject({
      path: "/v1/chat/completions",
      body: { stream: true, stream_options: { include_usage: true } },
    });
  });

  test("samplers under vLLM's names; those that it lacks are left out with a warning", async () => {
    const all = Object.fromEntries(Object.keys(samplingRanges).map((name) => [name, 1]));
    const { body, warnings } = await encoded(
      chatRequest({ sampling: { ...all, logitBias: { 7: 1 }, ignoreEos: true } }),
    );
    expect(body).toMatchObject({
      max_tokens: 1,
      seed: 1,
      temperature: 1,
      top_p: 1,
      top_k: 1,
      min_p: 1,
      repetition_penalty: 1,
      presence_penalty: 1,
      frequency_penalty: 1,
      logit_bias: { 7: 1 },
      ignore_eos: true,
    });
    expect(warnings.toSorted()).toEqual(
      [
        "dryAllowedLength",
        "dryBase",
        "dryMultiplier",
        "dryPenaltyLastN",
        "dynatempExponent",
        "dynatempRange",
        "mirostat",
        "mirostatEta",
        "mirostatTau",
        "repeatLastN",
        "topNSigma",
        "typicalP",
        "xtcProbability",
        "xtcThreshold",
      ].toSorted(),
    );
  });

  test("a grammar is a structured output", async () => {
    expect(await chatBody({ sampling: { grammar: 'root ::= "a"' } })).toMatchObject({
      structured_outputs: { grammar: 'root ::= "a"' },
    });
  });

  test.each([
    [true, "high"],
    [false, "none"],
    ["low", "low"],
  ] as const)("reasoning %s is the effort %s", async (reasoning, effort) => {
    expect(await chatBody({ reasoning })).toMatchObject({ reasoning_effort: effort });
  });

  test("thinking goes back as vLLM names it", async () => {
    const messages = [
      { role: "user", content: "b" },
      { role: "assistant", content: "a", reasoning: "hm" },
    ] as const;
    expect((await chatBody({ messages }))["messages"]).toContainEqual({
      role: "assistant",
      content: "a",
      reasoning: "hm",
    });
  });

  test("a last message of the assistant is continued, others are answered", async () => {
    const messages = [
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
    ] as const;
    expect(await chatBody({ messages })).toMatchObject({ continue_final_message: true, add_generation_prompt: false });
    expect(await chatBody({})).not.toHaveProperty("continue_final_message");
  });

  test("tools are strict, and one is chosen by name", async () => {
    const tools = [{ name: "f", parameters: { type: "object" } }];
    expect(await chatBody({ tools, toolChoice: { name: "f" } })).toMatchObject({
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object" }, strict: true } }],
      tool_choice: { type: "function", function: { name: "f" } },
    });
  });

  test("tools need not be strict", async () => {
    const body = await chatBody({ tools: [{ name: "f" }], providerOptions: { vllm: { strictTools: false } } });
    expect(JSON.stringify(body)).not.toContain("strict");
  });

  test("thinking that the template opened is split off here where the caller says so, and vLLM is told nothing", async () => {
    const transport = canned({ body: chatStream("Hm.</think>", "Yes.") });
    const { send } = vllm({ transport });
    const events = await eventsOf(send, chatRequest({ providerOptions: { vllm: { thinkingOpened: true } } }));
    expect(events).toContainEqual({ type: "reasoning-delta", choice: 0, text: "Hm." });
    expect(events).toContainEqual({ type: "text-delta", choice: 0, text: "Yes." });
    expect(JSON.stringify(transport.sent())).not.toMatch(/opened/i);
  });

  test("log probabilities of the prompt come with the ids of its tokens, and without a stream", async () => {
    const { body, warnings } = await encoded(chatRequest({ promptLogprobs: 2 }));
    expect(body).toMatchObject({ prompt_logprobs: 2, return_token_ids: true, stream: false });
    expect(body).not.toHaveProperty("stream_options");
    expect(warnings).toEqual(["promptLogprobs"]);
    expect((await encoded(chatRequest({ promptLogprobs: true, stream: false }))).warnings).toEqual([]);
  });

  test("a /v1 in baseURL is not doubled, a root path is kept", async () => {
    expect((await encoded(chatRequest(), "http://h:1/v1")).path).toBe("/v1/chat/completions");
    expect((await encoded(chatRequest(), "http://h:1/llm/v1/")).path).toBe("/llm/v1/chat/completions");
  });
});

describe("a form of the answer", () => {
  const responseFormat = { type: "json-schema", schema: { type: "object" } } as const;
  const response_format = {
    type: "json_schema",
    json_schema: { name: "answer", schema: { type: "object" }, strict: true },
  };

  test("is the same for chat and completion", async () => {
    expect(await chatBody({ responseFormat })).toMatchObject({ response_format });
    expect((await encoded({ ...completion, responseFormat })).body).toMatchObject({ response_format });
    expect(await chatBody({ responseFormat: { type: "json" } })).toMatchObject({
      response_format: { type: "json_object" },
    });
  });
});

describe("the other operations", () => {
  test.each<[ModelRequest, string, object]>([
    [{ ...completion, prompt: [1, 2] }, "/v1/completions", { prompt: [1, 2], stream: true }],
    [
      { kind: "embedding", inputs: ["a"], dimensions: 8 },
      "/v1/embeddings",
      { input: ["a"], dimensions: 8, encoding_format: "base64" },
    ],
    [{ kind: "rerank", query: "q", documents: ["a"], topN: 1 }, "/rerank", { query: "q", documents: ["a"], top_n: 1 }],
    [{ kind: "classification", model: "m", inputs: ["a"] }, "/classify", { model: "m", input: ["a"] }],
    [
      { kind: "tokenization", text: "a", withPieces: true },
      "/tokenize",
      { prompt: "a", add_special_tokens: false, return_token_strs: true },
    ],
    [
      { kind: "tokenization", addSpecial: true, messages: [{ role: "assistant", content: "a" }] },
      "/tokenize",
      {
        messages: [{ role: "assistant", content: "a" }],
        add_special_tokens: true,
        continue_final_message: true,
        add_generation_prompt: false,
      },
    ],
    [{ kind: "detokenization", tokens: [1] }, "/detokenize", { tokens: [1] }],
  ])("%o", async (request, path, body) => {
    expect(await encoded(request)).toMatchObject({ path, body });
  });
});

describe("providerOptions.vllm", () => {
  const vllmOptions = (options: Readonly<Record<string, unknown>>) => ({ providerOptions: { vllm: options } });

  test("are written under vLLM's names", async () => {
    const options = {
      minTokens: 2,
      stopTokenIds: [7],
      includeStopStrInOutput: true,
      truncatePromptTokens: -1,
      cacheSalt: "salt",
      chatTemplateKwargs: { enable_thinking: false },
      kvTransferParams: { do_remote_decode: true },
      mmProcessorKwargs: undefined,
      repetitionDetection: { maxPatternSize: 3, minCount: 2 },
    };
    const body = await chatBody(vllmOptions(options));
    expect(body).toMatchObject({
      min_tokens: 2,
      stop_token_ids: [7],
      include_stop_str_in_output: true,
      truncate_prompt_tokens: -1,
      cache_salt: "salt",
      chat_template_kwargs: { enable_thinking: false },
      kv_transfer_params: { do_remote_decode: true },
      repetition_detection: { max_pattern_size: 3, min_count: 2 },
    });
    expect(body).not.toHaveProperty("mm_processor_kwargs");
  });

  test.each([
    [
      { json: { type: "object", properties: { minTokens: {} } } },
      { json: { type: "object", properties: { minTokens: {} } } },
    ],
    [
      { regex: "a+", whitespacePattern: " " },
      { regex: "a+", whitespace_pattern: " " },
    ],
    [{ structuralTag: { type: "structural_tag" } }, { structural_tag: '{"type":"structural_tag"}' }],
  ])("structuredOutputs: %j", async (structuredOutputs, structured_outputs) => {
    expect((await chatBody(vllmOptions({ structuredOutputs })))["structured_outputs"]).toEqual(structured_outputs);
  });

  test.each<[string, ModelRequest, string]>([
    ["a misspelt one", chatRequest(vllmOptions({ minToken: 1 })), 'Did you mean "minTokens"?'],
    [
      "one of another kind",
      { kind: "embedding", inputs: ["a"], ...vllmOptions({ minTokens: 1 }) },
      "truncatePromptTokens",
    ],
    [
      "a misspelt constraint",
      chatRequest(vllmOptions({ structuredOutputs: { regexp: "a" } })),
      'Did you mean "regex"?',
    ],
    [
      "two constraints",
      chatRequest({ sampling: { grammar: "g" }, ...vllmOptions({ structuredOutputs: { regex: "a" } }) }),
      "message says",
    ],
  ])("%s is refused", async (_, request, hint) => {
    const error = await refusal(request);
    expect(error.code).toBe("invalid-request");
    expect(error.hint).toContain(hint);
  });
});

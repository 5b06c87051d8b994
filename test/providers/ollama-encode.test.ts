import { describe, expect, test } from "vitest";

import type { ChatRequest, ModelRequest } from "../../src/core/request.ts";
import { samplingRanges } from "../../src/core/sampling.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { canned, chatRequest, eventsOf, json, opening } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

const line = `${JSON.stringify({ model: "m", message: { content: "a" }, response: "a", done: true, done_reason: "stop" })}\n`;

async function encoded(request: ModelRequest, baseURL = "http://127.0.0.1:11434") {
  const transport = canned({ headers: { "content-type": "application/x-ndjson" }, body: line });
  const events = await opening(ollama({ baseURL, transport }).send, request);
  const warnings = events.flatMap((event) => (event.type === "warning" ? [event.warning] : []));
  return { path: transport.requests[0]?.path, body: transport.sent(), warnings };
}

async function refusal(request: ModelRequest) {
  const transport = canned({});
  const error = await failureOf(eventsOf(ollama({ transport }).send, request));
  expect(transport.requests).toHaveLength(0);
  return error;
}

const completion = { kind: "completion", model: "m", prompt: "a", sampling: {}, stream: false } as const;

describe("chat", () => {
  test("is always streamed, and never cut in silence", async () => {
    expect(await encoded(chatRequest({ stream: false }))).toEqual({
      path: "/api/chat",
      body: {
        model: "m",
        messages: [{ role: "user", content: "Hi" }],
        stream: true,
        truncate: false,
        shift: false,
        options: {},
      },
      warnings: [],
    });
  });

  test("every sampling option is written, or a warning says that it was left out", async () => {
    const sampling = Object.fromEntries(Object.keys(samplingRanges).map((name) => [name, 1]));
    const { body, warnings } = await encoded(chatRequest({ sampling: { ...sampling, stop: ["x"] } }));
    expect(body["options"]).toEqual({
      num_predict: 1,
      seed: 1,
      temperature: 1,
      top_p: 1,
      top_k: 1,
      min_p: 1,
      repeat_penalty: 1,
      repeat_last_n: 1,
      presence_penalty: 1,
      frequency_penalty: 1,
      stop: ["x"],
    });
    expect(warnings.map(({ option }) => option)).toEqual(
      expect.arrayContaining(["typicalP", "mirostat", "mirostatTau", "mirostatEta", "dryMultiplier", "topNSigma"]),
    );
    expect(warnings).toHaveLength(Object.keys(samplingRanges).length - 10);
  });

  test.each<[string, Partial<ChatRequest>, object]>([
    ["JSON", { responseFormat: { type: "json" } }, { format: "json" }],
    [
      "a schema",
      { responseFormat: { type: "json-schema", schema: { type: "object" } } },
      { format: { type: "object" } },
    ],
    ["log probabilities", { logprobs: true }, { logprobs: true, top_logprobs: 0 }],
    ["log probabilities with alternatives", { logprobs: 3 }, { logprobs: true, top_logprobs: 3 }],
    ["thinking", { reasoning: true }, { think: true }],
    ["no thinking", { reasoning: false }, { think: false }],
    ["a level of thinking", { reasoning: "high" }, { think: "high" }],
    [
      "a level that the core has not",
      { reasoning: "high", providerOptions: { ollama: { think: "max" } } },
      { think: "max" },
    ],
  ])("%s", async (_, fields, expected) => {
    expect((await encoded(chatRequest(fields))).body).toMatchObject(expected);
  });

  test("messages: pictures beside the text, arguments as an object, a result with its tool's name", async () => {
    const messages: ChatRequest["messages"] = [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "What " },
          { type: "image", mediaType: "image/png", data: "aGk=" },
          { type: "text", text: "is it?" },
        ],
      },
      {
        role: "assistant",
        content: "",
        reasoning: "Hm.",
        toolCalls: [
          { id: "1", name: "look", arguments: '{"deep":true}' },
          { id: "2", name: "wait", arguments: "" },
        ],
      },
      { role: "tool", toolCallId: "2", content: "done" },
    ];
    const { body, warnings } = await encoded(chatRequest({ messages }));
    expect(body["messages"]).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "What \nis it?", images: ["aGk="] },
      {
        role: "assistant",
        content: "",
        thinking: "Hm.",
        tool_calls: [
          { id: "1", function: { index: 0, name: "look", arguments: { deep: true } } },
          { id: "2", function: { index: 1, name: "wait", arguments: {} } },
        ],
      },
      { role: "tool", content: "done", tool_call_id: "2", tool_name: "wait" },
    ]);
    expect(warnings).toEqual([]);
  });

  test("names of speakers and a prefill come with a warning", async () => {
    const messages: ChatRequest["messages"] = [
      { role: "user", content: "Hi", name: "Ada" },
      { role: "assistant", content: "Hello" },
    ];
    const { warnings } = await encoded(chatRequest({ messages }));
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining("names of speakers"),
      expect.stringContaining("template leaves the last message open"),
    ]);
  });

  test("arguments of an earlier call that are no JSON object are refused: the server would answer 400", async () => {
    const messages: ChatRequest["messages"] = [
      { role: "assistant", content: "", toolCalls: [{ id: "1", name: "look", arguments: "[1]" }] },
    ];
    expect((await refusal(chatRequest({ messages }))).code).toBe("invalid-request");
  });

  test("a baseURL may end in /api or /v1, and have a path", async () => {
    for (const end of ["", "/", "/api", "/v1/"]) {
      expect((await encoded(chatRequest(), `http://h:1/llm${end}`)).path).toBe("/llm/api/chat");
    }
  });
});

describe("tools", () => {
  const tools = [{ name: "f", description: "F." }, { name: "g" }];
  const names = (body: Readonly<Record<string, unknown>>) =>
    (body["tools"] as { function: { name: string } }[] | undefined)?.map(({ function: { name } }) => name);

  test("auto: all are offered", async () => {
    const { body, warnings } = await encoded(chatRequest({ tools }));
    expect(names(body)).toEqual(["f", "g"]);
    expect(body).not.toHaveProperty("tool_choice");
    expect(warnings).toEqual([]);
  });

  test("none: none is offered", async () => {
    expect(names((await encoded(chatRequest({ tools, toolChoice: "none" }))).body)).toBeUndefined();
  });

  test("required: all are offered, with a warning", async () => {
    const { body, warnings } = await encoded(chatRequest({ tools, toolChoice: "required" }));
    expect(names(body)).toEqual(["f", "g"]);
    expect(warnings).toEqual([{ option: "toolChoice", message: expect.stringContaining("cannot force a call") }]);
  });

  test("a name: that tool alone is offered, with a warning", async () => {
    const { body, warnings } = await encoded(chatRequest({ tools, toolChoice: { name: "g" } }));
    expect(names(body)).toEqual(["g"]);
    expect(warnings).toEqual([{ option: "toolChoice", message: expect.stringContaining("g was offered alone") }]);
  });

  test("what of a schema the model will not see is said", async () => {
    const parameters = {
      type: "object",
      additionalProperties: false,
      properties: {
        city: { type: "string", minLength: 1, description: "Where." },
        unit: { anyOf: [{ const: "C" }, { enum: ["F"] }] },
        days: { type: "array", items: { type: "integer", minimum: 1 } },
      },
      required: ["city"],
    };
    const { body, warnings } = await encoded(chatRequest({ tools: [{ name: "f", parameters }] }));
    expect(body).toMatchObject({ tools: [{ function: { parameters } }] });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toContain("additionalProperties, minLength, const in the parameters of f");
  });
});

describe("completion", () => {
  test("its prompt stays raw, so that no chat is made of it, and it does not think", async () => {
    expect(await encoded(completion)).toMatchObject({
      path: "/api/generate",
      body: { prompt: "a", raw: true, think: false, stream: true, truncate: false, shift: false },
    });
  });

  test.each([
    ["a suffix", { suffix: "b" }, { suffix: "b", raw: false }],
    ["a template", { providerOptions: { ollama: { template: "{{ .Prompt }}" } } }, { raw: false }],
    ["a system message", { providerOptions: { ollama: { system: "Be brief." } } }, { system: "Be brief.", raw: false }],
    ["a wish", { providerOptions: { ollama: { raw: false, think: true } } }, { raw: false, think: true }],
  ])("%s brings the template in", async (_, fields, expected) => {
    expect((await encoded({ ...completion, ...fields })).body).toMatchObject(expected);
  });

  test.each<[string, ModelRequest, string]>([
    [
      "a suffix that raw would drop",
      { ...completion, suffix: "b", providerOptions: { ollama: { raw: true } } },
      "invalid-request",
    ],
    ["an empty prompt, which means loading", { ...completion, prompt: "" }, "invalid-request"],
    ["token ids", { ...completion, prompt: [1] }, "unsupported"],
    ["several answers", chatRequest({ n: 2 }), "unsupported"],
    ["log probabilities of the prompt", { ...completion, promptLogprobs: true }, "unsupported"],
    ["a grammar", chatRequest({ sampling: { grammar: "root ::= x" } }), "unsupported"],
    ["reranking", { kind: "rerank", query: "a", documents: ["b"] }, "unsupported"],
    ["classification", { kind: "classification", inputs: ["a"] }, "unsupported"],
    ["tokenization", { kind: "tokenization", text: "a" }, "unsupported"],
    ["detokenization", { kind: "detokenization", tokens: [1] }, "unsupported"],
  ])("%s: refused before anything is sent", async (_, request, code) => {
    expect((await refusal(request)).code).toBe(code);
  });
});

test("an embedding is never cut in silence either", async () => {
  const transport = canned(json({ model: "m", embeddings: [[1, 2]], prompt_eval_count: 3 }));
  const request = { kind: "embedding", model: "m", inputs: ["a"], dimensions: 2 } as const;
  const events = await eventsOf(ollama({ transport }).send, {
    ...request,
    providerOptions: { ollama: { keepAlive: "10m", numBatch: 64 } },
  });
  expect(transport.requests[0]?.path).toBe("/api/embed");
  expect(transport.sent()).toEqual({
    model: "m",
    input: ["a"],
    truncate: false,
    dimensions: 2,
    keep_alive: "10m",
    options: { num_batch: 64 },
  });
  expect(events.slice(1)).toEqual([
    { type: "embedding", index: 0, vector: [1, 2] },
    { type: "finish", finishReasons: [], model: "m", usage: { inputTokens: 3, outputTokens: 0 } },
  ]);
});

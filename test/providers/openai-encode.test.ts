import { describe, expect, test } from "vitest";

import type { ChatRequest, ModelRequest } from "../../src/core/request.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { openaiDialect, type Dialect } from "../../src/providers/openai-compatible/openai-dialect.ts";
import { canned, chatRequest, eventsOf, json, opening } from "../support/canned.ts";
import { failureOf, thrownBy } from "../support/loopback.ts";
import { chatStream } from "../support/wire.ts";

/** The body and path that a request becomes, and the warnings that come with it. */
async function encoded(request: ModelRequest, dialect: Partial<Dialect> = {}, baseURL = "http://model.example") {
  const transport = canned({ body: chatStream("a") });
  const { send } = openaiCompatible({ baseURL, transport, dialect, name: "own" });
  const events = await opening(send, request);
  const warnings = events.flatMap((event) => (event.type === "warning" ? [event.warning.option] : []));
  return { path: transport.requests[0]?.path, body: transport.sent(), warnings };
}

const chatBody = async (more: Partial<ChatRequest>, dialect: Partial<Dialect> = {}) =>
  (await encoded(chatRequest(more), dialect)).body;

describe("chat", () => {
  test("says no more than was asked for", async () => {
    expect(await encoded(chatRequest())).toEqual({
      path: "/v1/chat/completions",
      body: {
        model: "m",
        messages: [{ role: "user", content: "Hi" }],
        stream: true,
        stream_options: { include_usage: true },
      },
      warnings: [],
    });
    expect(await chatBody({ stream: false })).toEqual({
      model: "m",
      messages: [{ role: "user", content: "Hi" }],
      stream: false,
    });
  });

  test("a path in baseURL is where the API begins; without one it is /v1", async () => {
    expect((await encoded(chatRequest(), {}, "http://model.example/api/")).path).toBe("/api/chat/completions");
    expect((await encoded(chatRequest(), {}, "http://model.example/")).path).toBe("/v1/chat/completions");
  });

  test("sampling under the protocol's names; what it lacks is left out with a warning", async () => {
    const sampling = { maxTokens: 5, topP: 0.5, stop: ["x"], logitBias: { 7: -1 }, topK: 3, mirostat: 2 } as const;
    const { body, warnings } = await encoded(chatRequest({ sampling }));
    expect(body).toMatchObject({ max_tokens: 5, top_p: 0.5, stop: ["x"], logit_bias: { 7: -1 } });
    expect(Object.keys(body).join()).not.toMatch(/top_?k|mirostat/i);
    expect(warnings).toEqual(["topK", "mirostat"]);
  });

  test("a dialect's own name makes an option known", async () => {
    const { body, warnings } = await encoded(chatRequest({ sampling: { topK: 3 } }), { sampling: { topK: "top_k" } });
    expect([body["top_k"], warnings]).toEqual([3, []]);
  });

  test("a grammar that would not be enforced is refused, not dropped", async () => {
    const transport = canned({ body: chatStream("a") });
    const { send } = openaiCompatible({ baseURL: "http://model.example", transport });
    const error = await failureOf(eventsOf(send, chatRequest({ sampling: { grammar: 'root ::= "a"' } })));
    expect([error.code, transport.requests.length]).toEqual(["unsupported", 0]);
  });

  test("a form of the answer, as JSON or by a schema", async () => {
    const schema = { type: "object" };
    expect(await chatBody({ responseFormat: { type: "json" } })).toMatchObject({
      response_format: { type: "json_object" },
    });
    expect(await chatBody({ responseFormat: { type: "json-schema", schema, name: "order" } })).toMatchObject({
      response_format: { type: "json_schema", json_schema: { name: "order", schema, strict: true } },
    });
  });

  test("what a dialect has no words for is refused, not dropped", async () => {
    const refused = (request: ModelRequest) => failureOf(encoded(request));
    const completion = { kind: "completion", prompt: "a", sampling: {}, stream: false } as const;
    expect(await refused({ ...completion, responseFormat: { type: "json" } })).toMatchObject({ code: "unsupported" });
    expect(await refused(chatRequest({ promptLogprobs: true }))).toMatchObject({ code: "unsupported" });
  });

  test("an option may be written by a function of the dialect", async () => {
    const sampling = { grammar: (grammar: unknown) => ({ guided: { grammar } }) };
    expect(await chatBody({ sampling: { grammar: "g" } }, { sampling })).toMatchObject({ guided: { grammar: "g" } });
  });

  test("thinking by degree", async () => {
    expect(await chatBody({ reasoning: "low" })).toMatchObject({ reasoning_effort: "low" });
    expect(await chatBody({ reasoning: false })).toMatchObject({ reasoning_effort: "none" });
  });

  test("every kind of message", async () => {
    const { messages } = await chatBody({
      messages: [
        { role: "system", content: "Be brief.", name: "app" },
        {
          role: "user",
          content: [
            { type: "text", text: "?" },
            { type: "image", mediaType: "image/png", data: "AA==" },
          ],
        },
        { role: "assistant", content: "", reasoning: "hm", toolCalls: [{ id: "1", name: "f", arguments: "{}" }] },
        { role: "tool", toolCallId: "1", content: "done" },
      ],
    });
    expect(messages).toEqual([
      { role: "system", content: "Be brief.", name: "app" },
      {
        role: "user",
        content: [
          { type: "text", text: "?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } },
        ],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "1", content: "done" },
    ]);
  });

  test("thinking goes back only where the dialect has a place for it", async () => {
    const messages = [{ role: "assistant", content: "a", reasoning: "hm" }] as const;
    const { messages: sent } = await chatBody({ messages }, { reasoningInput: "reasoning_content" });
    expect(sent).toEqual([{ role: "assistant", content: "a", reasoning_content: "hm" }]);
  });

  test("tools, and the choice by name where the server obeys it", async () => {
    const tools = [{ name: "f", description: "does f", parameters: { type: "object" } }, { name: "g" }];
    const [f, g] = [
      { type: "function", function: { name: "f", description: "does f", parameters: { type: "object" } } },
      { type: "function", function: { name: "g", parameters: { type: "object" } } },
    ];
    expect(await chatBody({ tools, toolChoice: { name: "g" } })).toMatchObject({
      tools: [f, g],
      tool_choice: { type: "function", function: { name: "g" } },
    });
    const alone = await chatBody({ tools, toolChoice: { name: "g" } }, { namedToolChoice: false });
    expect([alone["tools"], alone["tool_choice"]]).toEqual([[g], "required"]);
  });

  test("a dialect says how a prefill is continued, and whether tools are strict", async () => {
    const messages = [{ role: "assistant", content: "a" }] as const;
    const prefillExtras = { continue_final_message: true };
    expect(await chatBody({ messages }, { prefillExtras })).toMatchObject(prefillExtras);
    expect(await chatBody({}, { prefillExtras })).not.toHaveProperty("continue_final_message");
    const tools = [{ name: "f" }];
    expect(await chatBody({ tools }, { strictTools: true })).toMatchObject({ tools: [{ function: { strict: true } }] });
  });

  test("whether the server heeds the protocol's switch for thinking is not known, and the result says so", async () => {
    const { body, warnings } = await encoded(chatRequest({ reasoning: false }));
    expect([body["reasoning_effort"], warnings]).toEqual(["none", ["reasoning"]]);
    const own = { reasoning: (reasoning: unknown) => ({ think: reasoning }) };
    expect(await encoded(chatRequest({ reasoning: true }), own)).toMatchObject({ body: { think: true }, warnings: [] });
  });

  test("log probabilities of the prompt where the dialect has them, in a reply that does not stream", async () => {
    const dialect = { promptLogprobs: (top: number) => ({ prompt_logprobs: top }), alwaysStreams: true };
    const { body, warnings } = await encoded(chatRequest({ promptLogprobs: 3 }), dialect);
    expect([body["prompt_logprobs"], body["stream"], warnings]).toEqual([3, false, ["promptLogprobs"]]);
    const { send } = openaiCompatible({ baseURL: "http://model.example", transport: canned({}) });
    expect((await failureOf(eventsOf(send, chatRequest({ promptLogprobs: 3 })))).code).toBe("unsupported");
  });

  test.each([
    [true, true, 0],
    [0, true, 0],
    [3, true, 3],
    [false, undefined, undefined],
  ])("logprobs %s", async (logprobs, flag, top) => {
    const body = await chatBody({ logprobs });
    expect([body["logprobs"], body["top_logprobs"]]).toEqual([flag, top]);
  });

  test("providerOptions under the provider's name are added as they are", async () => {
    const body = await chatBody({ providerOptions: { own: { guided_regex: "a+", stream: true }, other: { x: 1 } } });
    expect(body).toMatchObject({ guided_regex: "a+" });
    expect(body).not.toHaveProperty("x");
  });
});

describe("the other operations", () => {
  const completion = { kind: "completion", model: "m", prompt: "a", sampling: {}, stream: false } as const;

  test("completion: logprobs is a number there", async () => {
    const { path, body } = await encoded({ ...completion, suffix: "b", logprobs: true, n: 2 }, { suffix: true });
    expect(path).toBe("/v1/completions");
    expect(body).toEqual({ model: "m", prompt: "a", suffix: "b", stream: false, n: 2, logprobs: 1 });
  });

  test("completion: a suffix is refused unless the dialect says that the server obeys it", async () => {
    const { send } = openaiCompatible({ baseURL: "http://model.example", transport: canned() });
    expect((await failureOf(eventsOf(send, { ...completion, suffix: "b" }))).code).toBe("unsupported");
  });

  test("completion: a form of the answer where the dialect has one for it", async () => {
    const request = { ...completion, responseFormat: { type: "json" } } as const;
    const dialect = { responseFormat: { completion: () => ({ format: "json" }) } };
    expect((await encoded(request, dialect)).body).toMatchObject({ format: "json" });
    expect((await encoded(chatRequest({ responseFormat: { type: "json" } }), dialect)).body).toMatchObject({
      response_format: { type: "json_object" },
    });
  });

  test("embedding: dimensions where the server obeys them, else refused", async () => {
    const request = { kind: "embedding", model: "m", inputs: ["a"], dimensions: 3 } as const;
    expect((await encoded(request)).body).toEqual({
      model: "m",
      input: ["a"],
      encoding_format: "float",
      dimensions: 3,
    });
    const transport = canned({});
    const dialect = { embeddingDimensions: false };
    const { send } = openaiCompatible({ baseURL: "http://model.example", transport, dialect });
    expect((await failureOf(eventsOf(send, request))).code).toBe("unsupported");
    expect(transport.requests).toHaveLength(0);
  });

  test("rerank", async () => {
    const request = { kind: "rerank", model: "m", query: "q", documents: ["a"], topN: 1 } as const;
    expect(await encoded(request)).toMatchObject({
      path: "/v1/rerank",
      body: { model: "m", query: "q", documents: ["a"], top_n: 1 },
    });
  });

  test.each([
    { kind: "classification", inputs: ["a"] } as const,
    { kind: "tokenization", text: "a" } as const,
    { kind: "detokenization", tokens: [1] } as const,
  ])("$kind is not in the protocol: unsupported", async (request) => {
    const { send } = openaiCompatible({ baseURL: "http://model.example", transport: canned({}) });
    expect((await failureOf(eventsOf(send, request))).code).toBe("unsupported");
  });
});

test("a route that there is not is an operation that the server has not, a model that there is not is none", async () => {
  const send = (body: unknown) =>
    openaiCompatible({ baseURL: "http://model.example", transport: canned(json(body, 404)) }).send;
  const request = { kind: "embedding", model: "m", inputs: ["a"] } as const;
  expect((await failureOf(eventsOf(send({ detail: "Not Found" }), request))).code).toBe("unsupported");
  expect((await failureOf(eventsOf(send({ error: { message: "no such model" } }), request))).code).toBe("not-found");
});

test("every field of a dialect can be set", () => {
  const dialect: Required<Dialect> = {
    ...openaiDialect,
    root: "/v2",
    reasoning: () => ({}),
    reasoningBudget: () => ({}),
    reasoningInput: "reasoning",
    promptLogprobs: () => ({}),
    video: "video_url",
  };
  expect(openaiCompatible({ baseURL: "http://model.example", dialect }).name).toBe("openai-compatible");
});

test.each<[object, string]>([
  [{ baseURL: "http://model.example", apikey: "x" }, 'Did you mean "apiKey"?'],
  [{ baseURL: "http://model.example", dialect: { streamUsage: true } }, 'Did you mean "streamsUsage"?'],
])("a misspelt option is refused: %j", (options, hint) => {
  expect(thrownBy(() => openaiCompatible(options as { baseURL: string })).hint).toBe(hint);
});

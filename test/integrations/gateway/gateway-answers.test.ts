import { expect, onTestFinished, test, vi } from "vitest";

import { createClient, InhouseError, type ModelEvent } from "../../../src/index.ts";
import { gateway, type GatewayOptions } from "../../../src/integrations/gateway/index.ts";
import { vllm } from "../../../src/providers/vllm/index.ts";
import { fakeVllm, memory, type MemoryOptions } from "../../../src/testing/index.ts";

const json = { "content-type": "application/json" };

function open(options: Partial<GatewayOptions> = {}, memoryOptions: MemoryOptions = {}) {
  const provider = memory(memoryOptions);
  const { fetch } = gateway(createClient({ provider }), { keys: false, ...options });
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(
      new Request(`http://gateway${path}`, {
        method: "POST",
        headers: { ...json, ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    );
  const chat = (more: object) => post("/v1/chat/completions", { model: "memory", messages: hello, ...more });
  return { provider, fetch, post, chat };
}

const hello = [{ role: "user", content: "Hello there" }];
const finish: ModelEvent = { type: "finish", finishReasons: ["stop"], model: "memory" };

/** What the data lines of a stream say. */
async function dataOf(response: Response): Promise<unknown[]> {
  const lines = (await response.text()).split("\n").filter((line) => line.startsWith("data: "));
  return lines.map((line) => (line === "data: [DONE]" ? "[DONE]" : (JSON.parse(line.slice(6)) as unknown)));
}

test("a chat has OpenAI's form, and the options reach the client under its names", async () => {
  const { provider, chat } = open();
  const response = await chat({
    max_completion_tokens: 50,
    stop: "\n",
    seed: 7,
    temperature: 0,
    top_p: 0.5,
    top_k: 4,
    n: 2,
    user: "u",
    store: true,
    metadata: { a: "b" },
    logprobs: null,
  });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    id: expect.stringMatching(/^chatcmpl-/),
    object: "chat.completion",
    model: "memory",
    choices: [0, 1].map((index) => ({
      index,
      message: { role: "assistant", content: "Hello there", refusal: null },
      logprobs: null,
      finish_reason: "stop",
    })),
    usage: { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 },
  });
  expect(provider.requests[0]).toMatchObject({
    n: 2,
    sampling: { maxTokens: 50, stop: ["\n"], seed: 7, temperature: 0, topP: 0.5, topK: 4 },
  });
});

test("a stream is chunks, the ends of the answers, the usage where it was asked for, and [DONE]", async () => {
  const { chat } = open();
  const response = await chat({ stream: true, stream_options: { include_usage: true } });
  expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
  const data = await dataOf(response);
  expect(data).toMatchObject([
    { object: "chat.completion.chunk", choices: [{ delta: { role: "assistant", content: "Hello" } }], usage: null },
    { choices: [{ delta: { content: " there" }, finish_reason: null }] },
    { choices: [{ delta: {}, finish_reason: "stop" }] },
    { choices: [], usage: { total_tokens: 13 } },
    "[DONE]",
  ]);
});

test("thinking, calls, and log probabilities have their places, streamed or not", async () => {
  const logprobs = [{ token: "é", logprob: -0.5, top: [{ token: "é", logprob: -0.5 }] }];
  const events: readonly ModelEvent[] = [
    { type: "start" },
    { type: "reasoning-delta", choice: 0, text: "Hm." },
    { type: "text-delta", choice: 0, text: "é" },
    { type: "logprobs", choice: 0, tokens: logprobs },
    { type: "tool-call-delta", choice: 0, index: 0, id: "c1", name: "look", arguments: '{"a":' },
    { type: "tool-call-delta", choice: 0, index: 0, arguments: "1}" },
    { type: "tool-call", choice: 0, index: 0, id: "c1", name: "look", arguments: '{"a":1}' },
    { type: "tool-call", choice: 0, index: 1, id: "c2", name: "look", arguments: "{}" },
    { ...finish, finishReasons: ["tool-calls"] },
  ];
  const { chat } = open({}, { reply: () => events });
  const asked = {
    tools: [{ type: "function", function: { name: "look", strict: true, parameters: { type: "object" } } }],
    tool_choice: { type: "function", function: { name: "look" } },
    logprobs: true,
    top_logprobs: 1,
  };
  const scored = { token: "é", bytes: [0xc3, 0xa9], logprob: -0.5 };
  expect(await (await chat(asked)).json()).toMatchObject({
    choices: [
      {
        message: {
          content: "é",
          reasoning_content: "Hm.",
          tool_calls: [
            { id: "c1", type: "function", function: { name: "look", arguments: '{"a":1}' } },
            { id: "c2", type: "function", function: { name: "look", arguments: "{}" } },
          ],
        },
        logprobs: { content: [{ ...scored, top_logprobs: [scored] }] },
        finish_reason: "tool_calls",
      },
    ],
  });
  const data = await dataOf(await chat({ ...asked, stream: true }));
  expect(data).toMatchObject([
    { choices: [{ delta: { role: "assistant", reasoning_content: "Hm." } }] },
    { choices: [{ delta: { content: "é" } }] },
    { choices: [{ logprobs: { content: [scored] } }] },
    { choices: [{ delta: { tool_calls: [{ index: 0, id: "c1", function: { name: "look", arguments: '{"a":' } }] } }] },
    { choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: "1}" } }] } }] },
    { choices: [{ delta: { tool_calls: [{ index: 1, id: "c2", function: { name: "look", arguments: "{}" } }] } }] },
    { choices: [{ delta: {}, finish_reason: "tool_calls" }] },
    "[DONE]",
  ]);
});

test("a stream that has nothing to tell for long begins with a comment, and can still fail", async () => {
  let now = 1_000;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  onTestFinished(() => clock.mockRestore());
  const waiting = async function* (): AsyncGenerator<readonly ModelEvent[]> {
    yield [{ type: "progress", phase: "waiting", silentMs: 5_000 }];
    now += 10_000;
    yield [{ type: "progress", phase: "prompt" }];
    throw new InhouseError("invalid-request", "The prompt is wrong.");
  };
  const { fetch } = gateway(createClient({ provider: { ...memory(), send: waiting } }), { keys: false });
  const body = JSON.stringify({ messages: hello, stream: true });
  const response = await fetch(
    new Request("http://gateway/v1/chat/completions", { method: "POST", headers: json, body }),
  );
  expect(response.status).toBe(200);
  expect(await response.text()).toMatch(/^: prompt\n\nevent: error\ndata: \{"error":\{"message":"The prompt is wrong/);
});

test.each(["the signal of the request", "the body that is cancelled"])(
  "%s frees the model's server under a fetch-style server",
  async (how) => {
    await using server = await fakeVllm({ text: "word ".repeat(2_000), pauseMs: 5 });
    await using client = createClient({ provider: vllm({ baseURL: server.url }) });
    const leaving = new AbortController();
    const body = JSON.stringify({ messages: hello, stream: true });
    const { fetch } = gateway(client, { keys: false, limits: { concurrentRequests: 1 } });
    const asked = (signal = leaving.signal) =>
      fetch(new Request("http://gateway/v1/chat/completions", { method: "POST", headers: json, body, signal }));
    const reader = (await asked()).body?.getReader();
    await reader?.read();
    if (how.startsWith("the signal")) leaving.abort();
    else await reader?.cancel();
    await server.idle();
    expect(server.history.at(-1)).toMatchObject({ end: "client-left" });
    if (how.startsWith("the signal")) await reader?.read().catch(() => undefined);
    const next = await asked(AbortSignal.timeout(10_000)); // the caller's own place is free as well
    expect(next.status).toBe(200);
    await next.body?.cancel();
    await server.idle();
  },
);

test("what was left out of a call is told, in the names of the wire", async () => {
  const warning = { option: "sampling.topK", message: "topK is left out." };
  const { chat } = open({}, { reply: () => [{ type: "start" }, { type: "warning", warning }, finish] });
  const told = [{ option: "top_k", message: "top_k is left out." }];
  expect(await (await chat({ top_k: 1 })).json()).toMatchObject({ warnings: told });
  expect((await dataOf(await chat({ top_k: 1, stream: true }))).at(-2)).toMatchObject({ warnings: told });
});

const wrongBodies: readonly (readonly [body: object, param: string | null, message: RegExp])[] = [
  [{ temprature: 1 }, "temprature", /unknown option/],
  [{ functions: [] }, "functions", /cannot be done/],
  [{ verbosity: "low" }, "verbosity", /cannot be done/],
  [{ max_tokens: "many" }, "max_tokens", /max_tokens: expected a whole number/],
  [{ temperature: -1 }, "temperature", /temperature: expected a number from 0/],
  [{ stream: "yes" }, "stream", /true or false/],
  [{ stream_options: { include_usage: true } }, "stream_options", /only a stream/],
  [{ top_logprobs: 2 }, "top_logprobs", /logprobs: true/],
  [{ response_format: { type: "xml" } }, "response_format.type", /json_schema/],
  [{ tools: [{ type: "custom" }] }, "tools[0].type", /function/],
  [{ tool_choice: "some" }, "tool_choice", /auto/],
  [{ parallel_tool_calls: false, tools: [] }, "parallel_tool_calls", /bounded/],
  [{ reasoning_effort: "minimal" }, "reasoning_effort", /none, low, medium or high/],
  [{ messages: "Hello" }, "messages", /list/],
  [{ messages: [] }, "messages", /empty/],
  [{ messages: [{ role: "bot", content: "x" }] }, "messages[0].role", /expected system/],
  [
    { messages: [{ role: "user", content: [{ type: "image", path: "/etc/passwd" }] }] },
    "messages[0].content[0].type",
    /expected text/,
  ],
  [
    { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "http://10.0.0.1/" } }] }] },
    "messages[0].content[0].image_url.url",
    /data: URLs/,
  ],
];

test.each(wrongBodies)("%j is refused with the name of the field", async (body, param, message) => {
  const { chat, provider } = open();
  const response = await chat(body);
  const { error } = (await response.json()) as { error: { message: string } };
  expect([response.status, error]).toEqual([400, expect.objectContaining({ type: "invalid_request_error", param })]);
  expect(error.message).toMatch(message);
  expect(provider.requests).toEqual([]);
});

const errors: [error: InhouseError, status: number, body: object, headers?: object][] = [
  [
    new InhouseError("context-length", "The prompt has 9 tokens, the context 8."),
    400,
    { type: "invalid_request_error", code: "context_length_exceeded", hint: expect.stringContaining("Shorten") },
    { "x-should-retry": "false" },
  ],
  [
    new InhouseError("rate-limit", "Too many.", { retryAfterMs: 2_500 }),
    429,
    { type: "rate_limit_error", code: "rate_limit_exceeded" },
    { "retry-after": "3" },
  ],
  [new InhouseError("overloaded", "The queue is full."), 429, { type: "rate_limit_error" }, { "retry-after": "5" }],
  [
    new InhouseError("connect", "http://10.1.2.3:8000 refused the connection."),
    502,
    { message: "The model server cannot be reached.", code: "connect" },
  ],
  [new InhouseError("auth", "http://10.1.2.3 refused the key."), 502, { code: "auth" }],
  [
    new InhouseError("not-found", "vllm has no model x.", { hint: "Models: http://10.1.2.3/secret." }),
    404,
    { code: "model_not_found", hint: "GET /v1/models lists those that there are." },
  ],
  [new InhouseError("timeout", "It took too long.", { phase: "idle" }), 504, { code: "timeout" }],
  [new InhouseError("unsupported", "The model has no tools."), 400, { message: "The model has no tools." }],
];

test.each<[error: InhouseError, status: number, body: object, headers?: object]>(errors)(
  "%s has its status and OpenAI's form",
  async (error, status, body, headers = {}) => {
    const provider = memory({ reply: () => error });
    const { fetch } = gateway(createClient({ provider, maxRetries: 0, timeout: { readyMs: 0 } }), { keys: false });
    for (const stream of [false, true]) {
      const response = await fetch(
        new Request("http://gateway/v1/chat/completions", {
          method: "POST",
          headers: json,
          body: JSON.stringify({ messages: hello, stream }),
        }),
      );
      const text = await response.text();
      expect(response.status).toBe(status);
      expect(JSON.parse(text)).toMatchObject({ error: body });
      expect(Object.fromEntries(response.headers)).toMatchObject(headers);
      expect(text).not.toContain("10.1.2.3");
    }
  },
);

test("an error in mid-stream is an event, and no [DONE] follows", async () => {
  const broken = async function* (): AsyncGenerator<readonly ModelEvent[]> {
    yield [{ type: "start" }, { type: "text-delta", choice: 0, text: "He" }];
    throw new InhouseError("reset", "http://10.1.2.3:8000 closed the connection.");
  };
  const provider = { ...memory(), send: broken };
  const ended: unknown[] = [];
  const { fetch } = gateway(createClient({ provider }), { keys: false, onEnd: (record) => ended.push(record) });
  const body = JSON.stringify({ messages: hello, stream: true });
  const text = await (
    await fetch(new Request("http://gateway/v1/chat/completions", { method: "POST", headers: json, body }))
  ).text();
  expect(text).toContain('"content":"He"');
  expect(text).toMatch(/event: error\ndata: \{"error":\{"message":"The connection to the model server was lost/);
  expect(text).not.toMatch(/DONE|10\.1\.2\.3/);
  expect(ended).toMatchObject([{ ended: "error", stream: true, error: { code: "reset" } }]);
});

test("completions take one prompt, as text, tokens, or a list of one", async () => {
  const { post } = open();
  const complete = (body: object) => post("/v1/completions", { model: "memory", ...body });
  expect(await (await complete({ prompt: ["One two"], max_tokens: 1 })).json()).toMatchObject({
    object: "text_completion",
    choices: [{ index: 0, text: "One", finish_reason: "length", logprobs: null }],
  });
  const data = await dataOf(await complete({ prompt: [72, 105], stream: true }));
  expect(data).toMatchObject([{ choices: [{ text: "Hi" }] }, { choices: [{ finish_reason: "stop" }] }, "[DONE]"]);
  for (const wrong of [{ prompt: ["a", "b"] }, { prompt: "a", echo: true }, { prompt: "a", best_of: 3 }]) {
    expect((await complete(wrong)).status).toBe(400);
  }
});

test("vectors come as numbers or as base64 of the same numbers", async () => {
  const { post } = open();
  const embed = (more: object) => post("/v1/embeddings", { model: "memory", input: ["abc", "b"], ...more });
  const plain = (await (await embed({})).json()) as { data: { embedding: number[] }[]; usage: object };
  const packed = (await (await embed({ encoding_format: "base64" })).json()) as { data: { embedding: string }[] };
  expect(plain).toMatchObject({ object: "list", data: [{ index: 0 }, { index: 1 }], usage: { prompt_tokens: 4 } });
  const bytes = Buffer.from(packed.data[0]?.embedding ?? "", "base64");
  const numbers = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
  expect(numbers).toEqual(plain.data[0]?.embedding.map(Math.fround));
  const tokens = await embed({ input: [[1, 2]] });
  expect([tokens.status, await tokens.json()]).toMatchObject([400, { error: { hint: /check_embedding_ctx_length/ } }]);
});

test("rerank has the form that Cohere, Jina and vLLM share, under the paths of each", async () => {
  const { post } = open();
  const body = { model: "memory", query: "red apple", documents: ["a pear", { text: "a red apple" }], top_n: 1 };
  for (const path of ["/v1/rerank", "/v2/rerank", "/rerank"]) {
    const response = await post(path, { ...body, return_documents: true });
    expect(await response.json()).toMatchObject({
      results: [{ index: 1, relevance_score: 1, document: { text: "a red apple" } }],
    });
  }
});

test("models are listed, found by their ids, and offered under other names", async () => {
  const provider = memory({ models: ["org/small", "large"] });
  const client = createClient({ provider });
  const get = async (path: string, options: Partial<GatewayOptions> = {}) =>
    (await gateway(client, { keys: false, ...options }).fetch(new Request(`http://gateway${path}`))).json();
  expect(await get("/v1/models")).toMatchObject({
    object: "list",
    data: [{ id: "org/small", object: "model", context_length: 4_096 }, { id: "large" }],
  });
  for (const path of ["/v1/models/org/small", "/v1/models/org%2Fsmall"]) {
    expect(await get(path)).toMatchObject({ id: "org/small" });
  }
  expect(await get("/v1/models/none")).toMatchObject({ error: { code: "model_not_found" } });
  const other = createClient({ provider: memory({ models: ["e5"] }) });
  const models = { chat: "large", vectors: { client: other, model: "e5" } };
  expect(await get("/v1/models", { models })).toMatchObject({ data: [{ id: "chat" }, { id: "vectors" }] });
  const { fetch } = gateway(client, { keys: false, models });
  const ask = async (path: string, body: object) => {
    const init = { method: "POST", headers: json, body: JSON.stringify(body) };
    const response = await fetch(new Request(`http://gateway${path}`, init));
    return [response.status, await response.json()];
  };
  expect(await ask("/v1/chat/completions", { model: "chat", messages: hello })).toMatchObject([200, { model: "chat" }]);
  expect(provider.requests.at(-1)).toMatchObject({ model: "large" });
  expect(await ask("/v1/embeddings", { model: "vectors", input: "x" })).toMatchObject([200, { model: "vectors" }]);
  expect(await ask("/v1/chat/completions", { model: "large", messages: hello })).toMatchObject([404, {}]);
  expect(await ask("/v1/chat/completions", { messages: hello })).toMatchObject([400, { error: { param: "model" } }]);
});

test("health needs no key and tells no more than how it is", async () => {
  const health = async (status: "ready" | "loading") => {
    const client = createClient({ provider: memory({ health: () => ({ status, detail: "http://10.1.2.3" }) }) });
    const response = await gateway(client, { keys: { a: "k" } }).fetch(new Request("http://gateway/health"));
    return [response.status, await response.json()];
  };
  expect(await health("ready")).toEqual([200, { status: "ready" }]);
  expect(await health("loading")).toEqual([503, { status: "loading" }]);
});

test("what is not there is 404 with what there is, and a wrong method 405", async () => {
  const { fetch, post } = open({ basePath: "/api/llm/" });
  const missing = await post("/api/llm/v1/responses", {});
  expect([missing.status, await missing.json()]).toMatchObject([404, { error: { hint: /chat\.completions/ } }]);
  expect((await post("/v1/chat/completions", {})).status).toBe(404);
  expect((await post("/api/llmx/v1/chat/completions", {})).status).toBe(404);
  const wrong = await fetch(new Request("http://gateway/api/llm/v1/embeddings"));
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"]);
});

test("a page of another origin may call where that is allowed, and nowhere else", async () => {
  const ask = async (cors: readonly string[]) => {
    const { fetch } = open({ cors });
    const headers = { origin: "https://a.example", "access-control-request-headers": "authorization" };
    return fetch(new Request("http://gateway/v1/chat/completions", { method: "OPTIONS", headers }));
  };
  expect((await ask([])).headers.has("access-control-allow-origin")).toBe(false);
  expect((await ask(["https://b.example"])).headers.has("access-control-allow-origin")).toBe(false);
  const allowed = await ask(["https://a.example"]);
  expect([allowed.status, allowed.headers.get("access-control-allow-origin")]).toEqual([204, "https://a.example"]);
});

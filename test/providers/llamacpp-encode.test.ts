import { describe, expect, test } from "vitest";

import type { ModelRequest } from "../../src/core/request.ts";
import { samplingRanges } from "../../src/core/sampling.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { canned, chatRequest, eventsOf, json, opening } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";
import { chatStream } from "../support/wire.ts";

async function encoded(request: ModelRequest, baseURL = "http://127.0.0.1:8080") {
  const transport = canned({ body: chatStream("a") });
  const events = await opening(llamacpp({ baseURL, transport }).send, request);
  const warnings = events.flatMap((event) => (event.type === "warning" ? [event.warning.option] : []));
  return { path: transport.requests[0]?.path, body: transport.sent(), warnings };
}

async function refusal(request: ModelRequest) {
  const transport = canned({});
  const error = await failureOf(eventsOf(llamacpp({ transport }).send, request));
  expect(transport.requests).toHaveLength(0);
  return error;
}

const completion = { kind: "completion", prompt: "a", sampling: {}, stream: false } as const;

describe("chat", () => {
  test("is always streamed, so that the server notices an abort, and tells of its progress", async () => {
    expect(await encoded(chatRequest({ stream: false }))).toMatchObject({
      path: "/v1/chat/completions",
      body: { stream: true, stream_options: { include_usage: true }, return_progress: true },
    });
  });

  test("every sampling option has a name there: none is left out", async () => {
    const sampling = Object.fromEntries(Object.keys(samplingRanges).map((name) => [name, 1]));
    const { body, warnings } = await encoded(chatRequest({ sampling: { ...sampling, grammar: "g", ignoreEos: true } }));
    expect(warnings).toEqual([]);
    expect(body).toMatchObject({
      n_predict: 1,
      top_k: 1,
      dry_penalty_last_n: 1,
      xtc_threshold: 1,
      grammar: "g",
      ignore_eos: true,
    });
  });

  test("a tool chosen by name is sent alone, as required: the server would take the name for auto", async () => {
    const tools = [{ name: "f" }, { name: "g" }];
    const { body } = await encoded(chatRequest({ tools, toolChoice: { name: "g" } }));
    expect(body).toMatchObject({ tools: [{ function: { name: "g" } }], tool_choice: "required" });
  });

  test("thinking is switched by the template's own variables", async () => {
    const variables = async (reasoning: boolean | "low") =>
      (await encoded(chatRequest({ reasoning }))).body["chat_template_kwargs"];
    expect(await variables(false)).toEqual({ enable_thinking: false });
    expect(await variables("low")).toEqual({ enable_thinking: true, reasoning_effort: "low" });
  });

  test("n answers come with a warning about usage", async () => {
    expect((await encoded(chatRequest({ n: 2 }))).warnings).toEqual(["n"]);
  });

  test("an --api-prefix in baseURL is kept, a /v1 at its end is not doubled", async () => {
    expect((await encoded(chatRequest(), "http://h:1/llm")).path).toBe("/llm/v1/chat/completions");
    expect((await encoded(chatRequest(), "http://h:1/llm/v1/")).path).toBe("/llm/v1/chat/completions");
  });
});

describe("the native protocol", () => {
  test("completion", async () => {
    const request = { ...completion, prompt: [1, 2], n: 2, logprobs: true, sampling: { maxTokens: 3 } } as const;
    expect(await encoded(request)).toMatchObject({
      path: "/completion",
      body: { prompt: [1, 2], stream: true, n_predict: 3, n_cmpl: 2, n_probs: 1 },
    });
  });

  test("completion by a schema, which is a key of its own there", async () => {
    const schema = { type: "object", required: ["a"] };
    const format = { type: "json-schema", schema } as const;
    expect((await encoded({ ...completion, responseFormat: format })).body).toMatchObject({ json_schema: schema });
    expect((await encoded({ ...completion, responseFormat: { type: "json" } })).body).toMatchObject({
      json_schema: { type: "object" },
    });
  });

  test("log probabilities of the prompt are refused: the server has none", async () => {
    expect(await refusal({ ...completion, promptLogprobs: true })).toMatchObject({ code: "unsupported" });
    expect(await refusal(chatRequest({ promptLogprobs: 1 }))).toMatchObject({ code: "unsupported" });
  });

  test("infill, with files of the project", async () => {
    const files = [{ name: "a.ts", text: "x" }];
    expect(await encoded({ ...completion, suffix: "b", providerOptions: { llamacpp: { files } } })).toMatchObject({
      path: "/infill",
      body: { input_prefix: "a", input_suffix: "b", prompt: "", input_extra: [{ filename: "a.ts", text: "x" }] },
    });
  });

  test("infill of tokens is refused", async () => {
    expect((await refusal({ ...completion, prompt: [1], suffix: "b" })).code).toBe("invalid-request");
  });

  test("tokenization and detokenization", async () => {
    expect(await encoded({ kind: "tokenization", text: "a", addSpecial: true, withPieces: true })).toMatchObject({
      path: "/tokenize",
      body: { content: "a", add_special: true, with_pieces: true },
    });
    expect(await encoded({ kind: "detokenization", tokens: [1] })).toMatchObject({
      path: "/detokenize",
      body: { tokens: [1] },
    });
  });
});

test("a conversation is made a prompt by the server's own template, and that is tokenized", async () => {
  const transport = canned(json({ prompt: "<user>Hi" }), json({ tokens: [1, 2] }));
  const messages = [{ role: "user", content: "Hi" }] as const;
  const events = await eventsOf(llamacpp({ transport }).send, { kind: "tokenization", messages });
  expect(transport.requests.map(({ path }) => path)).toEqual(["/apply-template", "/tokenize"]);
  expect(transport.sent(1)).toEqual({ messages: [{ role: "user", content: "Hi" }] });
  expect(transport.sent(2)).toMatchObject({ content: "<user>Hi" });
  expect(events).toContainEqual({ type: "tokens", tokens: [1, 2] });
});

describe("providerOptions.llamacpp", () => {
  test("are written under the server's names", async () => {
    const options = {
      cachePrompt: false,
      slotId: 1,
      generationLimitMs: 9,
      chatTemplateKwargs: { enable_thinking: false },
    };
    expect((await encoded(chatRequest({ providerOptions: { llamacpp: options } }))).body).toMatchObject({
      cache_prompt: false,
      id_slot: 1,
      t_max_predict_ms: 9,
      chat_template_kwargs: { enable_thinking: false },
    });
  });

  test.each<[string, ModelRequest, string]>([
    ["misspelt", chatRequest({ providerOptions: { llamacpp: { slotID: 1 } } }), 'Did you mean "slotId"?'],
    [
      "of another operation",
      { ...completion, providerOptions: { llamacpp: { reasoningFormat: "none" } } },
      "Known options",
    ],
    ["where there are none", { kind: "embedding", inputs: ["a"], providerOptions: { llamacpp: { slotId: 1 } } }, ""],
  ])("%s: refused before anything is sent", async (_, request, hint) => {
    const error = await refusal(request);
    expect(error.code).toBe("invalid-request");
    expect(error.hint).toContain(hint);
  });
});

test("dimensions are refused: the server would ignore them", async () => {
  const error = await refusal({ kind: "embedding", inputs: ["a"], dimensions: 3 });
  expect(error.code).toBe("unsupported");
});

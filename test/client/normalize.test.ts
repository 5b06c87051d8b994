import { describe, expect, test } from "vitest";

import type { ChatInput, CompletionInput, EmbeddingInput, RerankInput } from "../../src/client/inputs.ts";
import type { ModelRequest } from "../../src/core/request.ts";
import { answerOf, scripted, stubClient } from "../support/canned.ts";
import { failureOf, thrownBy } from "../support/loopback.ts";

/** A client, and the requests that reached its provider. */
function recording() {
  const requests: ModelRequest[] = [];
  const client = stubClient((request, context) => {
    requests.push(request);
    return scripted(answerOf("a"))(request, context);
  });
  return { client, requests };
}

const wrongChats: readonly [name: string, input: object, message: string, hint?: string][] = [
  [
    "a misspelt option",
    { messages: "Hi", temprature: 1 },
    'chat: unknown option "temprature".',
    'Did you mean "temperature"?',
  ],
  [
    "an option in snake case",
    { messages: "Hi", max_tokens: 1 },
    'chat: unknown option "max_tokens".',
    'Did you mean "maxTokens"?',
  ],
  ["an option that is like none", { messages: "Hi", zzzzz: 1 }, 'chat: unknown option "zzzzz".', "Known options: "],
  ["a prototype's name", { messages: "Hi", constructor: 1 }, 'chat: unknown option "constructor".'],
  [
    "a response format of another type",
    { messages: "Hi", responseFormat: { type: "yaml" } },
    "responseFormat.type: expected json, json-schema, choice, regex or grammar.",
  ],
  [
    "a schema that is none",
    { messages: "Hi", responseFormat: { type: "json-schema" } },
    "responseFormat.schema: expected an object, got a undefined.",
  ],
  [
    "a degree of thinking that is none",
    { messages: "Hi", reasoning: "extreme" },
    "reasoning: expected true, false, low, medium, high or { maxTokens }.",
  ],
  [
    "log probabilities of the prompt below 0",
    { messages: "Hi", promptLogprobs: -1 },
    "promptLogprobs: expected a whole number from 0 up to 100, got -1.",
  ],
  ["no messages", {}, "messages: expected a list, got a undefined."],
  ["an empty list", { messages: [] }, "messages: the list is empty.", 'Pass at least { role: "user"'],
  ["a number", { messages: 7 }, "messages: expected a list, got a number."],
  ["a temperature below 0", { messages: "Hi", temperature: -3 }, "temperature: expected a number from 0, got -3."],
  [
    "a temperature as text",
    { messages: "Hi", temperature: "hot" },
    "temperature: expected a number from 0, got a string.",
  ],
  ["no number", { messages: "Hi", topP: Number.NaN }, "topP: expected a number from 0 up to 1, got NaN."],
  ["infinity", { messages: "Hi", temperature: Infinity }, "temperature: expected a number from 0, got Infinity."],
  ["half a token", { messages: "Hi", maxTokens: 1.5 }, "maxTokens: expected a whole number from 1, got 1.5."],
  ["no token", { messages: "Hi", maxTokens: 0 }, "maxTokens: expected a whole number from 1, got 0."],
  ["no answer", { messages: "Hi", n: 0 }, "n: expected a whole number from 1 up to 128, got 0."],
  ["stop with a number", { messages: "Hi", stop: ["a", 5] }, "stop[1]: expected text, got a number."],
  ["a flag as text", { messages: "Hi", ignoreEos: "yes" }, "ignoreEos: expected true or false, got a string."],
  [
    "a bias for no token",
    { messages: "Hi", logitBias: { hello: 1 } },
    "logitBias: token id: expected a whole number from 0",
  ],
  ["a tool without a name", { messages: "Hi", tools: [{}] }, "tools[0].name: expected text, got a undefined."],
  [
    "a tool with a name of words",
    { messages: "Hi", tools: [{ name: "get weather" }] },
    "tools[0].name: expected 1 to 64 letters",
  ],
  ["two tools of a name", { messages: "Hi", tools: [{ name: "f" }, { name: "f" }] }, 'tools: two tools are named "f".'],
  [
    "a choice of no tool",
    { messages: "Hi", tools: [{ name: "f" }], toolChoice: { name: "g" } },
    'toolChoice: no tool is named "g".',
  ],
  [
    "a forced call without tools",
    { messages: "Hi", toolChoice: "required" },
    "toolChoice: there are no tools to choose from.",
  ],
  ["an empty model name", { messages: "Hi", model: "" }, "model: the name is empty or has control characters."],
  [
    "a model name with a line feed",
    { messages: "Hi", model: "a\nb" },
    "model: the name is empty or has control characters.",
  ],
  [
    "provider options that are none",
    { messages: "Hi", providerOptions: { llamacpp: 1 } },
    "providerOptions.llamacpp: expected an object, got a number.",
  ],
  [
    "too many retries",
    { messages: "Hi", maxRetries: 101 },
    "maxRetries: expected a whole number from 0 up to 100, got 101.",
  ],
  ["a limit of 0", { messages: "Hi", timeout: { totalMs: 0 } }, "timeout.totalMs: expected a number from 1, got 0."],
  [
    "a misspelt limit",
    { messages: "Hi", timeout: { totalMS: 5 } },
    'timeout: unknown option "totalMS".',
    'Did you mean "totalMs"?',
  ],
];

describe("chat() and stream()", () => {
  test.each(wrongChats)("%s is refused before anything is sent", async (_, input, message, hint = "") => {
    const { client, requests } = recording();
    const error = await failureOf(client.chat(input as ChatInput));
    expect(error.code).toBe("invalid-request");
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
    expect(thrownBy(() => client.stream(input as ChatInput)).message).toContain(message.replace(/^chat:/, "stream:"));
    expect(requests).toEqual([]);
  });

  test.each(["undefined", "null", "7", '"Hi"', "[]"])("an input of %s is refused", async (text) => {
    const input = (text === "undefined" ? undefined : JSON.parse(text)) as ChatInput;
    expect((await failureOf(stubClient(scripted([])).chat(input))).message).toContain("expected an options object");
  });

  test("what reaches the provider is normal, complete and frozen", async () => {
    const { client, requests } = recording();
    const image = { type: "image", mediaType: "image/png", data: "AA==" } as const;
    const providerOptions = { stub: { x: 1 } };
    await client.chat({
      model: "m",
      messages: [{ role: "user", content: [{ type: "text", text: "Hi" }, image] }],
      temperature: 0,
      stop: "\n",
      logitBias: { 5: -1 },
      n: 1,
      logprobs: 2,
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
      toolChoice: "auto",
      includeRaw: false,
      providerOptions,
    });
    expect(requests[0]).toEqual({
      kind: "chat",
      model: "m",
      providerOptions,
      messages: [{ role: "user", content: [{ type: "text", text: "Hi" }, image] }],
      sampling: { temperature: 0, stop: ["\n"], logitBias: { 5: -1 } },
      stream: false,
      n: 1,
      logprobs: 2,
      tools: [{ name: "f", parameters: { type: "object" } }],
      toolChoice: "auto",
      includeRaw: false,
    });
    expect(Object.isFrozen(requests[0])).toBe(true);
  });

  test("the client's model is that of calls that name none", async () => {
    const seen: (string | undefined)[] = [];
    const client = stubClient(
      (request, context) => {
        seen.push(request.model);
        return scripted(answerOf("a"))(request, context);
      },
      { model: "default" },
    );
    const models = () =>
      Promise.resolve([{ id: "default", aliases: ["other"], capabilities: client.provider.capabilities }]);
    Object.assign(client.provider, { models });
    await client.chat({ messages: "Hi" });
    await client.chat({ messages: "Hi", model: "other" });
    expect(seen).toEqual(["default", "other"]);
  });
});

describe("the other calls", () => {
  const { client } = recording();

  test.each<[string, () => Promise<unknown>, string]>([
    ["no prompt", () => client.complete({} as CompletionInput), "prompt: expected a list, got a undefined"],
    [
      "a token below 0",
      () => client.complete({ prompt: [1, -1] }),
      "prompt[1]: expected a whole number from 0, got -1",
    ],
    [
      "a suffix of tokens",
      () => client.complete({ prompt: "a", suffix: [1] as unknown as string }),
      "suffix: expected text",
    ],
    ["nothing to classify", () => client.classify({ input: [] }), "input: the list is empty"],
    ["neither text nor messages", () => client.tokenize({}), "expected either text or messages"],
    ["both text and messages", () => client.tokenize({ text: "a", messages: "a" }), "expected either text or messages"],
    ["nothing to embed", () => client.embed({ input: [] }), "input: the list is empty"],
    ["an empty text to embed", () => client.embed({ input: ["a", ""] }), "input[1]: an empty text has no vector"],
    [
      "a number to embed",
      () => client.embed({ input: 7 as unknown as string }),
      "input: expected a list, got a number",
    ],
    [
      "batches of none",
      () => client.embed({ input: "a", batchSize: 0 }),
      "batchSize: expected a whole number from 1, got 0",
    ],
    [
      "none at a time",
      () => client.embed({ input: "a", concurrency: 0 }),
      "concurrency: expected a whole number from 1, got 0",
    ],
    [
      "a misspelt option",
      () => client.embed({ input: "a", dimension: 3 } as EmbeddingInput),
      'unknown option "dimension"',
    ],
    ["no documents", () => client.rerank({ query: "q", documents: [] }), "documents: the list is empty"],
    [
      "no query",
      () => client.rerank({ documents: ["a"] } as unknown as RerankInput),
      "query: expected text, got a undefined",
    ],
    [
      "no best document",
      () => client.rerank({ query: "q", documents: ["a"], topN: 0 }),
      "topN: expected a whole number from 1",
    ],
    ["no text", () => client.tokenize({ text: null as unknown as string }), "text: expected text, got null"],
    [
      "no tokens",
      () => client.detokenize({ tokens: "1" as unknown as number[] }),
      "tokens: expected a list, got a string",
    ],
  ])("%s is refused", async (_, call, message) => {
    const error = await failureOf(call());
    expect(error.code).toBe("invalid-request");
    expect(error.message).toContain(message);
  });
});

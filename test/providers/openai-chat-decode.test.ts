import { describe, expect, test } from "vitest";

import type { ModelEvent } from "../../src/core/event.ts";
import type { ChatRequest } from "../../src/core/request.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import type { Dialect } from "../../src/providers/openai-compatible/openai-dialect.ts";
import { canned, chatRequest, eventsOf, json, type CannedReply } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";
import { chatReply, delta, event, finished } from "../support/wire.ts";

function decoded(
  reply: CannedReply,
  request: Partial<ChatRequest> = {},
  dialect: Partial<Dialect> = {},
): Promise<readonly ModelEvent[]> {
  const provider = openaiCompatible({ baseURL: "http://model.example", transport: canned(reply), dialect });
  return eventsOf(provider.send, chatRequest(request));
}

const stream = (...values: readonly unknown[]): CannedReply => ({ body: values.map(event) });
const texts = (events: readonly ModelEvent[], type: "text-delta" | "reasoning-delta" = "text-delta", choice = 0) =>
  events.map((each) => (each.type === type && each.choice === choice ? each.text : "")).join("");

describe("a streamed reply", () => {
  test("begins with start, hands out deltas, and ends with finish and what is known", async () => {
    const usage = { prompt_tokens: 5, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 4 } };
    const headers = { "x-request-id": "server-1" };
    const body = [delta("Hel"), delta("lo"), finished("length"), { choices: [], usage }, "[DONE]"].map(event);
    expect(await decoded({ headers, body })).toEqual([
      { type: "start", status: 200, requestId: "server-1" },
      { type: "text-delta", choice: 0, text: "Hel" },
      { type: "text-delta", choice: 0, text: "lo" },
      {
        type: "finish",
        finishReasons: ["length"],
        model: "m",
        responseId: "chatcmpl-1",
        usage: { inputTokens: 5, outputTokens: 2, cachedInputTokens: 4 },
      },
    ]);
  });

  test.each([
    [{ prompt_tokens: 5 }, undefined],
    [{ total_tokens: 5 }, undefined],
    [
      { prompt_tokens: 5, total_tokens: 7 },
      { inputTokens: 5, outputTokens: 2 },
    ],
  ])("a usage of %o counts no output that nobody counted", async (usage, expected) => {
    const body = [delta("a"), finished("stop"), { choices: [], usage }, "[DONE]"].map(event);
    const finish = (await decoded({ body })).at(-1);
    expect(finish?.type === "finish" ? finish.usage : "no finish").toEqual(expected);
  });

  test("without usage says nothing of usage", async () => {
    const finish = (await decoded(stream(delta("a"), finished(), "[DONE]"))).at(-1);
    expect(finish).toEqual({ type: "finish", finishReasons: ["stop"], model: "m", responseId: "chatcmpl-1" });
  });

  test("n answers come apart by their index", async () => {
    const events = await decoded(
      stream(delta("b", 1), delta("a", 0), delta("B", 1), finished("length", 1), finished("stop", 0), "[DONE]"),
      { n: 2 },
    );
    expect([texts(events), texts(events, "text-delta", 1)]).toEqual(["a", "bB"]);
    expect(events.at(-1)).toMatchObject({ type: "finish", finishReasons: ["stop", "length"] });
  });

  test("one of n answers without its end: truncated", async () => {
    const reply = stream(delta("a", 0), delta("b", 1), finished("stop", 0), "[DONE]");
    expect((await failureOf(decoded(reply, { n: 2 }))).code).toBe("truncated");
  });

  test("an answer that nobody asked for: protocol", async () => {
    expect((await failureOf(decoded(stream(delta("a", 1), finished("stop", 1))))).code).toBe("protocol");
  });

  test.each([
    ["stop", "stop"],
    ["eos", "stop"],
    ["length", "length"],
    ["tool_calls", "tool-calls"],
    ["function_call", "tool-calls"],
    ["content_filter", "content-filter"],
    ["constructor", "unknown"],
    ["a new one", "unknown"],
  ])("finish_reason %s is %s", async (sent, reason) => {
    expect((await decoded(stream(delta("a"), finished(sent)))).at(-1)).toMatchObject({ finishReasons: [reason] });
  });

  test.each(["abort", "error"])("finish_reason %s is an error: the server broke the generation off", async (sent) => {
    expect((await failureOf(decoded(stream(delta("a"), finished(sent))))).code).toBe("stream-error");
  });

  test("what a read brings is one batch, the opening of the reply with it", async () => {
    const body = [delta("a"), delta("b"), finished(), "[DONE]"].map(event).join("");
    const provider = openaiCompatible({ baseURL: "http://model.example", transport: canned({ body }) });
    const sizes: number[] = [];
    const context = { id: "1", signal: new AbortController().signal, attempt: 1, tags: {}, timeouts: {} };
    for await (const batch of provider.send(chatRequest(), context)) sizes.push(batch.length);
    expect(sizes).toEqual([4]);
  });

  test("includeRaw hands out what the server sent, before what was read from it", async () => {
    const events = await decoded(stream(delta("a"), finished(), "[DONE]"), { includeRaw: true });
    expect(events.map(({ type }) => type)).toEqual(["start", "raw", "text-delta", "raw", "finish"]);
    expect(events[1]).toEqual({ type: "raw", value: delta("a") });
  });

  test("progress of the prompt", async () => {
    const progress = { choices: [], prompt_progress: { total: 10, cache: 0, processed: 4, time_ms: 1 } };
    expect(await decoded(stream(progress, delta("a"), finished()))).toContainEqual({
      type: "progress",
      phase: "prompt",
      processedTokens: 4,
      totalTokens: 10,
    });
  });
});

describe("a whole reply", () => {
  test("gives the same events as a stream", async () => {
    expect((await decoded(json(JSON.parse(chatReply("Hello")) as unknown), { stream: false })).slice(1)).toEqual([
      { type: "text-delta", choice: 0, text: "Hello" },
      {
        type: "finish",
        finishReasons: ["stop"],
        model: "m",
        responseId: "chatcmpl-1",
        usage: { inputTokens: 3, outputTokens: 1 },
      },
    ]);
  });

  test("is read where a stream was asked for", async () => {
    expect(texts(await decoded(json(JSON.parse(chatReply("Hello")) as unknown), { stream: true }))).toBe("Hello");
  });

  test("without an answer: protocol, and the hint asks about baseURL", async () => {
    const error = await failureOf(decoded(json({ object: "list", data: [] })));
    expect(error.code).toBe("protocol");
    expect(error.hint).toContain("baseURL");
  });
});

describe("thinking", () => {
  const thought = (fields: object): object => ({ choices: [{ index: 0, delta: fields, finish_reason: null }] });

  test.each(["reasoning_content", "reasoning"])("in the field %s", async (field) => {
    const events = await decoded(
      stream(thought({ [field]: "Hm" }), thought({ [field]: "m.", content: "Yes" }), finished()),
    );
    expect([texts(events, "reasoning-delta"), texts(events)]).toEqual(["Hmm.", "Yes"]);
  });

  test("between tags in the text, cut anywhere", async () => {
    const text = "<think>\nHmm <b>.\n</think>\n\nYes </think>.";
    for (let at = 0; at <= text.length; at += 1) {
      const events = await decoded(stream(delta(text.slice(0, at)), delta(text.slice(at)), finished()));
      expect([texts(events, "reasoning-delta"), texts(events)]).toEqual(["Hmm <b>.", "Yes </think>."]);
    }
  });

  test("tags are text where the dialect says so", async () => {
    const events = await decoded(stream(delta("<think>a</think>b"), finished()), {}, { reasoningTags: false });
    expect(texts(events)).toBe("<think>a</think>b");
  });

  const opened = { reasoningTags: "opened" } as const;

  test("an answer begins inside the thinking where the template is known to open it, and nowhere else", async () => {
    const body = stream(delta("Hm.</think>"), delta("Yes."), finished());
    const events = await decoded(body, {}, opened);
    expect([texts(events, "reasoning-delta"), texts(events)]).toEqual(["Hm.", "Yes."]);
    expect(texts(await decoded(body))).toBe("Hm.</think>Yes.");
  });

  test.each<Partial<ChatRequest>>([
    { reasoning: false },
    { responseFormat: { type: "json" } },
    { sampling: { grammar: 'root ::= "x"' } },
    {
      messages: [
        { role: "user", content: "Hi" },
        { role: "assistant", content: "So" },
      ],
    },
  ])("not where the call leaves no room for thinking: %j", async (request) => {
    const dialect = { ...opened, sampling: { grammar: "grammar" } };
    expect(texts(await decoded(stream(delta("Yes."), finished()), request, dialect))).toBe("Yes.");
  });

  test("nor where the server splits it off by itself", async () => {
    const split = { choices: [{ index: 0, delta: { reasoning: "Hm." }, finish_reason: null }] };
    const events = await decoded(stream(split, delta("Yes."), finished()), {}, opened);
    expect([texts(events, "reasoning-delta"), texts(events)]).toEqual(["Hm.", "Yes."]);
  });

  test("what a tag holds back at the end is not lost", async () => {
    const events = await decoded(stream(delta("<think>a</th"), finished("length")));
    expect(texts(events, "reasoning-delta")).toBe("a</th");
  });
});

describe("a prefill that the server repeats", () => {
  const prefill: Partial<ChatRequest> = {
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Once upon a time" },
    ],
  };
  const echoes = { echoesPrefill: true };

  test("is taken off, cut anywhere", async () => {
    const text = "Once upon a time there was";
    for (let at = 0; at <= text.length; at += 1) {
      const events = await decoded(
        stream(delta(text.slice(0, at)), delta(text.slice(at)), finished()),
        prefill,
        echoes,
      );
      expect(texts(events)).toBe(" there was");
    }
  });

  test("an answer that only begins like the prefill loses nothing", async () => {
    const events = await decoded(stream(delta("On"), delta("ly"), delta(" this"), finished()), prefill, echoes);
    expect(texts(events)).toBe("Only this");
  });

  test("an answer that does not repeat it is left as it is, in both dialects", async () => {
    for (const dialect of [echoes, {}]) {
      expect(texts(await decoded(stream(delta("there was"), finished()), prefill, dialect))).toBe("there was");
    }
    expect(texts(await decoded(stream(delta("Once upon a time"), finished()), prefill, {}))).toBe("Once upon a time");
  });
});

describe("log probabilities", () => {
  const content = [
    {
      id: 7,
      token: "a",
      logprob: -0.5,
      top_logprobs: [
        { token: "a", logprob: -0.5 },
        { token: "b", logprob: -1 },
      ],
    },
  ];
  const reply = stream({
    choices: [{ index: 0, delta: { content: "a" }, logprobs: { content }, finish_reason: "stop" }],
  });

  test("of the chosen tokens", async () => {
    expect(await decoded(reply, { logprobs: true })).toContainEqual({
      type: "logprobs",
      choice: 0,
      tokens: [{ token: "a", id: 7, logprob: -0.5, top: [] }],
    });
  });

  test("with as many alternatives as were asked for, though the server sends more", async () => {
    expect(await decoded(reply, { logprobs: 1 })).toContainEqual({
      type: "logprobs",
      choice: 0,
      tokens: [{ token: "a", id: 7, logprob: -0.5, top: [{ token: "a", logprob: -0.5 }] }],
    });
  });
});

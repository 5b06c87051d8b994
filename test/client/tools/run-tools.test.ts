import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, test, vi } from "vitest";
import { z } from "zod";

import { createClient } from "../../../src/client/client.ts";
import { hasToolCall, type RunToolsInput } from "../../../src/client/tools/tool-run.ts";
import { tool } from "../../../src/client/tools/typed-tool.ts";
import type { ModelEvent } from "../../../src/core/event.ts";
import type { ChatRequest } from "../../../src/core/request.ts";
import { memory, type ScriptedReply } from "../../../src/testing/memory.ts";
import { failureOf } from "../../support/loopback.ts";

const never = () => new Promise<never>(() => undefined);
const usage = { inputTokens: 10, outputTokens: 2 };

/** A reply that calls tools: name and arguments of each. */
function calls(...list: readonly (readonly [name: string, text: string])[]): readonly ModelEvent[] {
  return [
    { type: "start" },
    ...list.map(([name, text], index): ModelEvent => {
      return { type: "tool-call", choice: 0, index, id: `${name}-${index}`, name, arguments: text };
    }),
    { type: "finish", finishReasons: ["tool-calls"], usage: { ...usage, cachedInputTokens: 4 } },
  ];
}

const answer: readonly ModelEvent[] = [
  { type: "start" },
  { type: "text-delta", choice: 0, text: "Sunny." },
  { type: "finish", finishReasons: ["stop"], usage },
];

/** A client whose model gives these replies, the last one over and over, and the requests that it got. */
function modelOf(...replies: readonly ScriptedReply[]) {
  const provider = memory({ reply: (_request, number) => replies[number - 1] ?? replies.at(-1) });
  const client = createClient({ provider, maxRetries: 0 });
  return { client, requests: provider.requests as readonly ChatRequest[] };
}

const weather = tool({
  name: "weather",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => ({ city, celsius: 21 }),
});
const ulm = ["weather", '{"city": "Ulm"}'] as const;

describe("runTools()", () => {
  test("executes what the model calls, and tells it what came of it", async () => {
    const { client, requests } = modelOf(calls(ulm, ["weather", '[{"city":"Bonn"}]']), answer);
    const onStep = vi.fn();
    const result = await client.runTools({ messages: "How is it?", tools: [weather], onStep, temperature: 0 });
    expect(result).toMatchObject({ text: "Sunny.", endedBy: "answer", pendingToolCalls: [] });
    expect(result.usage).toEqual({ inputTokens: 20, outputTokens: 4, cachedInputTokens: 4 });
    expect(result.messages).toEqual([
      { role: "user", content: "How is it?" },
      {
        role: "assistant",
        content: "",
        toolCalls: [
          { id: "weather-0", name: "weather", arguments: '{"city": "Ulm"}' },
          { id: "weather-1", name: "weather", arguments: '{"city":"Bonn"}' },
        ],
      },
      { role: "tool", toolCallId: "weather-0", content: '{"city":"Ulm","celsius":21}' },
      { role: "tool", toolCallId: "weather-1", content: '{"city":"Bonn","celsius":21}' },
      { role: "assistant", content: "Sunny." },
    ]);
    expect(requests[1]).toMatchObject({ messages: result.messages.slice(0, 4), sampling: { temperature: 0 } });
    expect(onStep.mock.calls.flat()).toEqual(result.steps);
    expect(result.steps[0]?.outcomes[0]).toMatchObject({ arguments: { city: "Ulm" }, output: { celsius: 21 } });
  });

  test("a forced call is forced in the first step alone; none stays none", async () => {
    const forced = modelOf(calls(ulm), answer);
    await forced.client.runTools({ messages: "Hi", tools: [weather], toolChoice: "required" });
    expect(forced.requests.map(({ toolChoice }) => toolChoice)).toEqual(["required", undefined]);
    const none = modelOf(calls(ulm), answer);
    await none.client.runTools({ messages: "Hi", tools: [weather], toolChoice: "none" });
    expect(none.requests.map(({ tools }) => tools)).toEqual([undefined, undefined]);
  });

  test("runs at most so many tools at a time, and keeps the order of the calls", async () => {
    let running = 0;
    let most = 0;
    const slow = tool({
      name: "slow",
      parameters: z.object({ ms: z.number() }),
      async execute({ ms }) {
        most = Math.max(most, (running += 1));
        await sleep(ms);
        running -= 1;
        return ms;
      },
    });
    const list = [30, 1, 20, 1, 10].map((ms) => ["slow", `{"ms":${ms}}`] as const);
    const { client } = modelOf(calls(...list), answer);
    const { steps } = await client.runTools({ messages: "Hi", tools: [slow], concurrency: 2 });
    expect(most).toBe(2);
    expect(steps[0]?.outcomes.map(({ content }) => content)).toEqual(["30", "1", "20", "1", "10"]);
  });
});

describe("the model is told of", () => {
  /** What the model is told of a call. */
  async function told(tools: RunToolsInput["tools"], call: readonly [name: string, text: string]) {
    const { client } = modelOf(calls(call), answer);
    const { steps, text, messages } = await client.runTools({ messages: "Hi", tools });
    expect(text).toBe("Sunny.");
    return { outcome: steps[0]?.outcomes[0], messages };
  }

  test("arguments that do not fit, and may correct them", async () => {
    const { client, requests } = modelOf(calls(["weather", '{"city":7}']), calls(ulm), answer);
    const { steps } = await client.runTools({ messages: "Hi", tools: [weather] });
    expect(requests[1]?.messages.at(-1)?.content).toMatch(/^Error: The call of weather does not fit: city: .*string/);
    expect(steps[0]?.outcomes[0]).toMatchObject({ error: { code: "tool", issues: [{ path: ["city"] }] } });
    expect(steps[1]?.outcomes[0]?.output).toEqual({ city: "Ulm", celsius: 21 });
  });

  test("arguments that are no JSON, which go back as none, since servers refuse them", async () => {
    const { outcome, messages } = await told([weather], ["weather", '{"city":"U']);
    expect(outcome?.content).toBe(
      'Error: The call of weather does not fit: the arguments are not JSON. You wrote: {"city":"U',
    );
    expect(messages[1]).toMatchObject({ toolCalls: [{ arguments: "{}" }] });
  });

  test("a tool that there is not", async () => {
    const { outcome } = await told([weather], ["wether", "{}"]);
    expect(outcome?.content).toBe('Error: There is no tool "wether". Tools: weather.');
  });

  test("a tool that throws, in bounded words", async () => {
    const cause = new Error("x".repeat(5_000));
    const broken = tool({ name: "broken", execute: () => Promise.reject(cause) });
    const { outcome } = await told([broken], ["broken", ""]);
    expect(outcome).toMatchObject({ arguments: {}, error: { code: "tool", cause } });
    expect(outcome?.content).toMatch(/^Error: broken failed: x{100}/);
    expect(outcome?.content).toHaveLength(2_001);
  });

  test("a tool whose output JSON cannot hold, and one without output", async () => {
    const big = tool({ name: "big", execute: () => ({ n: 1n }) });
    expect((await told([big], ["big", ""])).outcome?.content).toMatch(/^Error: big failed: .*BigInt/);
    const silent = tool({ name: "silent", execute: () => undefined });
    expect((await told([silent], ["silent", ""])).outcome?.content).toBe("");
  });

  test("a tool that takes too long, whether or not it heeds its signal", async () => {
    const signals: AbortSignal[] = [];
    const slow = tool({
      name: "slow",
      timeoutMs: 10,
      execute(_, { signal }) {
        signals.push(signal);
        return never();
      },
    });
    const { outcome } = await told([slow], ["slow", ""]);
    expect(outcome?.content).toBe("Error: slow took longer than 10 ms.");
    expect(outcome?.error).toMatchObject({ code: "timeout", phase: "tool", retryable: false });
    expect(signals[0]?.aborted).toBe(true);
  });
});

describe("approval", () => {
  const execute = vi.fn(() => "gone");
  const remove = tool({
    name: "remove",
    parameters: z.object({ file: z.string() }),
    needsApproval: ({ file }) => file !== "tmp",
    execute,
  });
  const both = calls(["remove", '{"file":"a"}'], ["remove", '{"file":"tmp"}']);

  test("is asked for the calls that need it; a refusal is told the model", async () => {
    const { client } = modelOf(both, answer);
    const approve = vi.fn(() => ({ refused: "it is mine" }));
    const { steps } = await client.runTools({ messages: "Hi", tools: [remove], approve });
    expect(approve.mock.calls).toEqual([[{ id: "remove-0", name: "remove", arguments: { file: "a" } }]]);
    expect(execute).toHaveBeenCalledTimes(1);
    const contents = steps[0]?.outcomes.map(({ content }) => content);
    expect(contents).toEqual(["Error: The call of remove was refused: it is mine.", "gone"]);
  });

  test("given, the tool is executed; what approve() throws ends the run", async () => {
    const { client } = modelOf(both, answer);
    const { steps } = await client.runTools({ messages: "Hi", tools: [remove], approve: () => true });
    expect(steps[0]?.outcomes.map(({ output }) => output)).toEqual(["gone", "gone"]);
    const approve = () => Promise.reject(new Error("nobody there"));
    await expect(modelOf(both).client.runTools({ messages: "Hi", tools: [remove], approve })).rejects.toThrow(
      "nobody there",
    );
  });
});

describe("a run ends", () => {
  test("after maxSteps answers", async () => {
    const { client, requests } = modelOf(calls(ulm));
    const result = await client.runTools({ messages: "Hi", tools: [weather], maxSteps: 3 });
    expect(result).toMatchObject({ endedBy: "max-steps", finishReason: "tool-calls" });
    expect(requests).toHaveLength(3);
    expect(result.messages.at(-1)).toMatchObject({ role: "tool" });
  });

  test("when stopWhen says so", async () => {
    const { client, requests } = modelOf(calls(ulm));
    const result = await client.runTools({ messages: "Hi", tools: [weather], stopWhen: hasToolCall("weather") });
    expect(result.endedBy).toBe("stop-condition");
    expect(requests).toHaveLength(1);
  });

  test("at a call of a tool without execute, which is left to the caller", async () => {
    const ask = tool({ name: "ask", parameters: z.object({ question: z.string() }) });
    const { client } = modelOf(calls(["ask", '{"question":"Where?"}'], ulm));
    const result = await client.runTools({ messages: "Hi", tools: [weather, ask] });
    expect(result.endedBy).toBe("pending-calls");
    expect(result.pendingToolCalls).toEqual([{ id: "ask-0", name: "ask", arguments: '{"question":"Where?"}' }]);
    expect(result.messages.slice(2)).toMatchObject([{ role: "tool", toolCallId: "weather-1" }]);
  });

  /** A run of two calls whose tool never returns, and the signals that it was given. */
  async function stuck() {
    const signals: AbortSignal[] = [];
    const wait = tool({
      name: "wait",
      execute(_, { signal }) {
        signals.push(signal);
        return never();
      },
    });
    const { client, requests } = modelOf(calls(["wait", ""], ["wait", ""]), answer);
    const controller = new AbortController();
    const run = client.runTools({ messages: "Hi", tools: [wait], concurrency: 1, signal: controller.signal });
    const failure = failureOf(run);
    await vi.waitFor(() => expect(signals).toHaveLength(1));
    return { client, requests, controller, failure, signals };
  }

  test("when it is aborted in the middle of a tool, and starts no other", async () => {
    const { controller, failure, signals, requests } = await stuck();
    controller.abort("enough");
    expect(await failure).toMatchObject({ code: "abort", cause: "enough" });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(requests).toHaveLength(1);
  });

  test("when the client is closed", async () => {
    const { client, failure, signals } = await stuck();
    await client.close();
    expect((await failure).code).toBe("closed");
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test("when it is aborted while the model answers", async () => {
    const provider = memory({ delayMs: 10_000 });
    const client = createClient({ provider });
    const controller = new AbortController();
    const failure = failureOf(client.runTools({ messages: "Hi", tools: [weather], signal: controller.signal }));
    await vi.waitFor(() => expect(provider.running).toBe(1));
    controller.abort();
    expect((await failure).code).toBe("abort");
    await vi.waitFor(() => expect(provider.running).toBe(0));
  });

  test("when a call to the model fails, with its error", async () => {
    const { client } = modelOf(calls(ulm), [{ type: "start" }]);
    expect((await failureOf(client.runTools({ messages: "Hi", tools: [weather] }))).code).toBe("truncated");
  });
});

describe("before anything is sent", () => {
  const guarded = tool({ name: "guarded", needsApproval: true, execute: () => "" });

  test.each<[string, object, string]>([
    ["a misspelt option", { maxStep: 1 }, 'runTools: unknown option "maxStep".'],
    ["several answers", { n: 2 }, 'runTools: unknown option "n".'],
    ["no tools", { tools: [] }, "tools: the list is empty."],
    ["a plain definition", { tools: [{ name: "f" }] }, "tools[0]: this tool has no schema to check calls against."],
    ["two tools of a name", { tools: [weather, weather] }, 'two tools are named "weather"'],
    ["no step", { maxSteps: 0 }, "maxSteps: expected a whole number from 1, got 0."],
    ["none at a time", { concurrency: 0 }, "concurrency: expected a whole number from 1, got 0."],
    ["nobody to ask", { tools: [guarded] }, "approve: guarded needs approval, and there is nobody to ask."],
    ["a signal that is none", { signal: new AbortController() }, "signal: expected an AbortSignal"],
  ])("%s is refused", async (_, options, message) => {
    const { client, requests } = modelOf(answer);
    const input = { messages: "Hi", tools: [weather], ...options } as RunToolsInput;
    const error = await failureOf(client.runTools(input));
    expect(error.code).toBe("invalid-request");
    expect(error.message).toContain(message);
    expect(requests).toEqual([]);
  });
});

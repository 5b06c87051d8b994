import { describe, expect, test, vi } from "vitest";
import { z } from "zod";

import { createClient } from "../../../src/client/client.ts";
import type { ToolRunEvent } from "../../../src/client/tools/tool-run.ts";
import { tool } from "../../../src/client/tools/typed-tool.ts";
import { InhouseError } from "../../../src/core/error.ts";
import type { ModelEvent } from "../../../src/core/event.ts";
import { memory, type ScriptedReply } from "../../../src/testing/memory.ts";
import { failureOf } from "../../support/loopback.ts";

const call = (name: string, text: string, index = 0): ModelEvent => {
  return { type: "tool-call", choice: 0, index, id: `${name}-${index}`, name, arguments: text };
};
const calling = (...list: readonly ModelEvent[]): readonly ModelEvent[] => [
  { type: "start" },
  { type: "text-delta", choice: 0, text: "Let me see. " },
  ...list,
  { type: "finish", finishReasons: ["tool-calls"] },
];
const answer: readonly ModelEvent[] = [
  { type: "start" },
  { type: "text-delta", choice: 0, text: "Sunny." },
  { type: "finish", finishReasons: ["stop"] },
];

const weather = tool({
  name: "weather",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => `warm in ${city}`,
});
const ulm = call("weather", '{"city":"Ulm"}');

function modelOf(...replies: readonly ScriptedReply[]) {
  const provider = memory({ reply: (_request, number) => replies[number - 1] ?? replies.at(-1) });
  return { client: createClient({ provider, maxRetries: 0 }), provider };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("streamTools()", () => {
  test("gives the events of every answer, each result and each step, and then what runTools() gives", async () => {
    const { client } = modelOf(calling(ulm), answer);
    const stream = client.streamTools({ messages: "Hi", tools: [weather] });
    const events = await all(stream);
    expect(events.map(({ type }) => type).join(" ")).toBe(
      "start text-delta tool-call finish tool-result step start text-delta finish step",
    );
    const result = await stream.result;
    const steps = events.flatMap((event) => (event.type === "step" ? [[event.index, event.step]] : []));
    expect(steps).toEqual(result.steps.map((step, index) => [index, step]));
    const results = events.flatMap((event) => (event.type === "tool-result" ? [event.outcome] : []));
    expect(results).toEqual(result.steps[0]?.outcomes);
    expect(result).toMatchObject({ text: "Sunny.", endedBy: "answer" });
    const {
      callId: _id,
      timings: _timings,
      steps: __,
      ...plain
    } = await modelOf(calling(ulm), answer).client.runTools({
      messages: "Hi",
      tools: [weather],
    });
    expect(result).toMatchObject(plain);
  });

  test("text is what the model says in all its answers", async () => {
    const { client } = modelOf(calling(ulm), answer);
    const stream = client.streamTools({ messages: "Hi", tools: [weather] });
    expect(await all(stream.text)).toEqual(["Let me see. ", "Sunny."]);
    expect((await stream.result).text).toBe("Sunny.");
  });

  test("asked for its result alone, it runs; nobody asked, it does not", async () => {
    const { client, provider } = modelOf(calling(ulm), answer);
    client.streamTools({ messages: "Hi", tools: [weather] });
    const { result } = client.streamTools({ messages: "Hi", tools: [weather] });
    expect((await result).text).toBe("Sunny.");
    expect(provider.requests).toHaveLength(2);
  });

  test("a result comes as soon as its tool is done", async () => {
    let release = (): void => undefined;
    const slow = tool({ name: "slow", execute: () => new Promise<void>((resolve) => void (release = resolve)) });
    const { client } = modelOf(calling(call("slow", "{}"), { ...ulm, index: 1 } as ModelEvent), answer);
    const names: string[] = [];
    for await (const event of client.streamTools({ messages: "Hi", tools: [slow, weather] })) {
      if (event.type !== "tool-result") continue;
      names.push(event.outcome.name);
      release();
    }
    expect(names).toEqual(["weather", "slow"]);
  });

  test("goes out as server-sent events", async () => {
    const { client } = modelOf(calling(ulm), answer);
    const text = await client
      .streamTools({ messages: "Hi", tools: [weather] })
      .toResponse()
      .text();
    const events = text
      .trim()
      .split("\n\n")
      .map((entry) => JSON.parse(entry.slice("data: ".length)) as ToolRunEvent);
    expect(events.filter(({ type }) => type === "tool-result")).toMatchObject([
      { outcome: { content: "warm in Ulm" } },
    ]);
  });

  test("is read once", async () => {
    const { client } = modelOf(answer);
    const stream = client.streamTools({ messages: "Hi", tools: [weather] });
    await all(stream);
    expect(() => stream[Symbol.asyncIterator]()).toThrow("being read already");
  });
});

describe("leaving", () => {
  test("in the model's answer ends it", async () => {
    const { client, provider } = modelOf(calling(ulm), answer);
    const stream = client.streamTools({ messages: "Hi", tools: [weather] });
    for await (const event of stream) if (event.type === "text-delta") break;
    expect(provider.running).toBe(0);
    expect(provider.requests).toHaveLength(1);
    const error = await failureOf(stream.result);
    expect(error).toMatchObject({ code: "abort", partial: { text: "Let me see. " } });
  });

  test("while a tool runs ends the tool, whether or not it heeds its signal", async () => {
    const signals: AbortSignal[] = [];
    const endless = tool({
      name: "endless",
      execute(_, { signal }) {
        signals.push(signal);
        return new Promise<never>(() => undefined);
      },
    });
    const { client } = modelOf(calling(call("endless", "{}"), { ...ulm, index: 1 } as ModelEvent), answer);
    const stream = client.streamTools({ messages: "Hi", tools: [endless, weather] });
    for await (const event of stream) if (event.type === "tool-result") break;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect((await failureOf(stream.result)).code).toBe("abort");
  });

  test.each(["signal", "close"] as const)("by the caller's %s ends the run while a tool runs", async (way) => {
    const controller = new AbortController();
    const { client } = modelOf(calling(call("stop", "{}")), answer);
    const stop = tool({
      name: "stop",
      execute: () => {
        if (way === "signal") controller.abort(new Error("enough"));
        else void client.close();
        return new Promise<never>(() => undefined);
      },
    });
    const run = all(client.streamTools({ messages: "Hi", tools: [stop], signal: controller.signal }));
    expect((await failureOf(run)).code).toBe(way === "signal" ? "abort" : "closed");
  });
});

describe("a failure", () => {
  const failure = new InhouseError("server", "broken", { retryable: false });

  test("of the model rejects the loop and the result, after what came before", async () => {
    const { client } = modelOf(calling(ulm), failure);
    const stream = client.streamTools({ messages: "Hi", tools: [weather] });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { type } of stream) seen.push(type);
    })();
    expect((await failureOf(reading)).code).toBe("server");
    expect(seen.at(-1)).toBe("step");
    expect((await failureOf(stream.result)).code).toBe("server");
  });

  test("that nobody waits for rejects nobody", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const { client } = modelOf(failure);
    const stream = client.streamTools({ messages: "Hi", tools: [weather] });
    void stream.result;
    await failureOf(stream.result);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test("of the input is told at the first read, before anything is sent", async () => {
    const { client, provider } = modelOf(answer);
    const stream = client.streamTools({ messages: "Hi", tools: [weather], maxSteps: 0 });
    expect(await failureOf(all(stream))).toMatchObject({ code: "invalid-request" });
    expect(provider.requests).toEqual([]);
  });
});

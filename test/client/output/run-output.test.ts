import { describe, expect, test } from "vitest";
import { z } from "zod";

import { createClient } from "../../../src/client/client.ts";
import type { ToolRunEvent } from "../../../src/client/tools/tool-run.ts";
import { tool } from "../../../src/client/tools/typed-tool.ts";
import type { ModelEvent } from "../../../src/core/event.ts";
import type { Provider } from "../../../src/core/provider.ts";
import type { ChatRequest } from "../../../src/core/request.ts";
import { memory, type ScriptedReply } from "../../../src/testing/memory.ts";
import { failureOf } from "../../support/loopback.ts";

const usage = { inputTokens: 10, outputTokens: 5 };
const calling: readonly ModelEvent[] = [
  { type: "start" },
  { type: "tool-call", choice: 0, index: 0, id: "1", name: "weather", arguments: '{"city":"Ulm"}' },
  { type: "finish", finishReasons: ["tool-calls"], usage },
];
const saying = (text: string): readonly ModelEvent[] => [
  { type: "start" },
  { type: "text-delta", choice: 0, text },
  { type: "finish", finishReasons: ["stop"], usage },
];
const fitting = saying('{"city":"Ulm","degrees":21}');

const weather = tool({ name: "weather", parameters: z.object({ city: z.string() }), execute: () => "21 degrees" });
const output = z.object({ city: z.string(), degrees: z.number(), unit: z.string().default("C") });
const asked = { messages: "How warm is it in Ulm?", tools: [weather], output };
const value = { city: "Ulm", degrees: 21, unit: "C" };

function modelOf(...replies: readonly ScriptedReply[]) {
  const provider = memory({ reply: (_request, number) => replies[number - 1] });
  const capabilities = { ...provider.capabilities, structuredOutput: { supported: "unknown", evidence: "a test" } };
  const holding = { ...provider, capabilities } as Provider; // as a server that nothing is known of
  const chats = (): readonly ChatRequest[] => provider.requests.map((request) => request as ChatRequest);
  return { client: createClient({ provider: holding, maxRetries: 0 }), provider, chats };
}

async function all(events: AsyncIterable<ToolRunEvent>): Promise<readonly ToolRunEvent[]> {
  const list: ToolRunEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

describe("runTools() with an output", () => {
  test("an answer that has the form already is the output", async () => {
    const { client, chats } = modelOf(calling, fitting);
    const run = await client.runTools(asked);
    expect(run).toMatchObject({ output: value, endedBy: "answer" });
    expect(run.steps).toHaveLength(2);
    expect(chats()).toHaveLength(2);
    for (const request of chats()) expect(request).not.toHaveProperty("responseFormat");
  });

  test("one without it is asked for again, over the same messages, held to the form", async () => {
    const { client, chats } = modelOf(calling, saying("It is warm."), fitting);
    const seen: string[] = [];
    const run = await client.runTools({ ...asked, onStep: ({ result }) => seen.push(result.text) });
    expect(run).toMatchObject({ output: value, endedBy: "answer", text: '{"city":"Ulm","degrees":21}' });
    const [, prose, form] = chats();
    expect(form).toMatchObject({ responseFormat: { type: "json-schema" }, messages: prose?.messages });
    expect(form).not.toHaveProperty("tools");
    expect(run.usage).toEqual({ inputTokens: 30, outputTokens: 15 });
    expect(seen).toEqual(["", "It is warm.", run.text]);
    expect(run.steps.map(({ result }) => result.text)).toEqual(seen);
    expect(run.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "assistant"]);
    expect(run.messages.at(-1)).toEqual(run.message);
  });

  test("an answer that never fits is asked for as often as maxOutputRetries says", async () => {
    const { client, provider } = modelOf(saying("Warm."), saying('{"city":1}'), fitting);
    const run = await client.runTools({ ...asked, maxOutputRetries: 1 });
    expect(run.output).toEqual(value);
    expect(run.failedAttempts).toMatchObject([{ attempt: 1, code: "schema" }]);
    const again = modelOf(saying("Warm."), saying('{"city":1}'));
    const error = await failureOf(again.client.runTools(asked));
    expect(error).toMatchObject({ code: "schema", partial: { text: '{"city":1}', output: { city: 1 } } });
    expect(provider.requests).toHaveLength(3);
  });

  test("a run that something else ended has none, and nothing is asked again", async () => {
    const { client, provider } = modelOf(calling);
    const run = await client.runTools({ ...asked, maxSteps: 1 });
    expect(run).toMatchObject({ endedBy: "max-steps" });
    expect(run).not.toHaveProperty("output");
    expect(provider.requests).toHaveLength(1);
  });

  test("prompted asks for the form in the last call alone", async () => {
    const { client, chats } = modelOf(calling, saying("Warm."), saying('```json\n{"city":"Ulm","degrees":21}\n```'));
    const run = await client.runTools({ ...asked, outputStrategy: "prompted" });
    expect(run.output).toEqual(value);
    expect(chats().map(({ messages }) => messages[0]?.role)).toEqual(["user", "user", "system"]);
    expect(run.warnings).toMatchObject([{ option: "output" }]);
  });

  test("what cannot go together is refused before anything is sent", async () => {
    const { client, provider } = modelOf(calling);
    for (const more of [{ responseFormat: { type: "json" } }, { maxOutputRetries: -1 }, { outputStrategy: "magic" }]) {
      const error = await failureOf(client.runTools({ ...asked, ...(more as object) }));
      expect(error.code).toBe("invalid-request");
    }
    const without = { messages: "Hi", tools: [weather], maxOutputRetries: 1 };
    expect((await failureOf(client.runTools(without))).code).toBe("invalid-request");
    expect(provider.requests).toEqual([]);
  });
});

describe("streamTools() with an output", () => {
  test("the answer in the form is a step like the others", async () => {
    const { client } = modelOf(calling, saying("It is warm."), fitting);
    const stream = client.streamTools(asked);
    const events = await all(stream);
    expect(events.map(({ type }) => type).join(" ")).toBe(
      "start tool-call finish tool-result step start text-delta finish step start text-delta finish step",
    );
    const run = await stream.result;
    expect(run.output).toEqual(value);
    expect(events.at(-1)).toMatchObject({ type: "step", index: 2, step: { result: { text: run.text } } });
  });

  test("a retry stands between an answer that does not fit and the next", async () => {
    const { client } = modelOf(saying("Warm."), saying('{"city":1}'), fitting);
    const stream = client.streamTools({ ...asked, maxOutputRetries: 1 });
    const events = await all(stream);
    expect(events.map(({ type }) => type).join(" ")).toBe(
      "start text-delta finish step start text-delta finish retry start text-delta finish step",
    );
    expect((await stream.result).output).toEqual(value);
  });

  test("a failure of the last call keeps what came of it", async () => {
    const { client } = modelOf(calling, saying("Warm."), fitting.slice(0, 2));
    const stream = client.streamTools(asked);
    expect((await failureOf(all(stream))).code).toBe("truncated");
    const error = await failureOf(stream.result);
    expect(error).toMatchObject({ code: "truncated", partial: { text: '{"city":"Ulm","degrees":21}' } });
  });

  test.each(["leaving", "signal"] as const)("%s in the last call ends it", async (way) => {
    const { client, provider } = modelOf(calling, saying("Warm."), fitting);
    const controller = new AbortController();
    const stream = client.streamTools({ ...asked, signal: controller.signal });
    let steps = 0;
    const reading = (async () => {
      for await (const event of stream) {
        if (event.type === "step") steps += 1;
        if (steps < 2 || event.type !== "text-delta") continue;
        if (way === "leaving") break;
        controller.abort();
      }
    })();
    if (way === "leaving") await reading;
    else expect((await failureOf(reading)).code).toBe("abort");
    expect((await failureOf(stream.result)).code).toBe("abort");
    expect(provider.running).toBe(0);
  });
});

import { describe, expect, test } from "vitest";
import { z } from "zod";

import { createClient } from "../../../src/client/client.ts";
import { tool } from "../../../src/client/tools/typed-tool.ts";
import { no, unknown, yes, type Capabilities, type Capability } from "../../../src/core/capability.ts";
import type { ModelEvent } from "../../../src/core/event.ts";
import { choice, json } from "../../../src/core/output-form.ts";
import { openaiCompatible } from "../../../src/providers/openai-compatible/index.ts";
import { openaiCapabilities } from "../../../src/providers/openai-compatible/openai-models.ts";
import { memory } from "../../../src/testing/memory.ts";
import { canned, type CannedReply } from "../../support/canned.ts";
import { failureOf } from "../../support/loopback.ts";

const output = z.object({ city: z.string(), days: z.array(z.string()) });
const text = '{"city":"Oslo","days":["Mon","Tue"]}';
const value = { city: "Oslo", days: ["Mon", "Tue"] };
const asked = { messages: "Plan.", output };

const data = (...chunks: readonly unknown[]): CannedReply => ({
  body: [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), "data: [DONE]\n\n"],
});
const delta = (content: object, finish: string | null = null) => ({
  choices: [{ index: 0, delta: content, finish_reason: finish }],
});
const piece = (index: number, args: string, head?: object) => ({
  tool_calls: [{ index, ...head, function: { arguments: args, ...(head ? { name: "answer" } : {}) } }],
});
/** The call that carries the output, piece by piece, beside what else a model says. */
const called = (finish = "tool_calls"): CannedReply =>
  data(
    delta({ role: "assistant", content: "Here it is: " }),
    delta(piece(0, "", { id: "c1", type: "function" })),
    ...(text.match(/.{1,9}/g) ?? []).map((part) => delta(piece(0, part))),
    delta(piece(1, '{"city":"again"}', { id: "c2", type: "function" })),
    delta({}, finish),
    { choices: [], usage: { prompt_tokens: 9, completion_tokens: 7 } },
  );

/** A server of which it is known that it obeys no schema and forces calls, or something else. */
function server(replies: readonly CannedReply[], more: Partial<Record<keyof Capabilities, Capability>> = {}) {
  const transport = canned(...replies);
  const capabilities = { ...openaiCapabilities, structuredOutput: no("a test"), forcedTools: yes("a test"), ...more };
  const report = {
    provider: "openai-compatible",
    learnedAt: new Date(0).toISOString(),
    model: { id: "m", aliases: [], capabilities },
  };
  const provider = openaiCompatible({ baseURL: "http://server.test/v1", transport, dialect: { alwaysStreams: true } });
  const client = createClient({ provider, model: "m", capabilities: [report], maxRetries: 0 });
  return { client, transport };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(structuredClone(item));
  return list;
}

describe("an output where a server obeys no schema and forces calls", () => {
  test("is the arguments of one forced tool, which is never shown as a call", async () => {
    const { client, transport } = server([called()]);
    const result = await client.chat(asked);
    expect(result).toMatchObject({ output: value, text, toolCalls: [], finishReason: "stop", warnings: [] });
    const sent = transport.sent();
    expect(sent).toMatchObject({
      tools: [{ function: { name: "answer", parameters: { type: "object", required: ["city", "days"] } } }],
      tool_choice: { type: "function", function: { name: "answer" } },
    });
    expect(sent).not.toHaveProperty("response_format");
  });

  test("comes as partial objects, text and elements", async () => {
    const events: readonly ModelEvent[] = await all(server([called()]).client.stream(asked));
    const types = new Set(events.map(({ type }) => type));
    expect(types).toEqual(new Set(["start", "text-delta", "finish"]));
    const partials = await all(server([called()]).client.stream(asked).partials);
    expect(partials).toHaveLength(4);
    expect(partials[1]).toEqual({ city: "Oslo" });
    expect(partials.at(-1)).toEqual(value);
    expect((await all(server([called()]).client.stream(asked).text)).join("")).toBe(text);
    expect(await all(server([called()]).client.stream(asked).elements("days"))).toEqual(["Mon", "Tue"]);
  });

  test("prose in place of the call is the error of a form, and is asked about again", async () => {
    const prose = data(delta({ content: "Monday." }), delta({}, "stop"));
    const error = await failureOf(server([prose]).client.chat(asked));
    expect(error).toMatchObject({ code: "schema", partial: { text: "Monday." }, issues: [{ path: [] }] });
    expect(error.hint).toContain("did not force");
    const { client, transport } = server([prose, called()]);
    expect((await client.chat({ ...asked, maxOutputRetries: 1 })).output).toEqual(value);
    expect(JSON.stringify(transport.sent()["messages"])).toContain("This answer does not fit");
  });

  test("a call that the token limit cuts keeps what came", async () => {
    const cut = data(
      delta(piece(0, '{"city":"Os', { id: "c1", type: "function" })),
      delta(piece(0, "lo")),
      delta({}, "length"),
    );
    const error = await failureOf(server([cut]).client.chat(asked));
    expect(error).toMatchObject({
      code: "output-limit",
      partial: { text: '{"city":"Oslo', toolCalls: [], output: { city: "Oslo" } },
    });
  });

  test("beside tools there are two answers, and the second is the call", async () => {
    const weather = tool({ name: "weather", parameters: z.object({ city: z.string() }) });
    const { client, transport } = server([data(delta({ content: "Warm." }), delta({}, "stop")), called()]);
    expect((await client.chat({ ...asked, tools: [weather] })).output).toEqual(value);
    expect(transport.sent(1)).toMatchObject({ tools: [{ function: { name: "weather" } }] });
    expect(transport.sent(2)).toMatchObject({ tools: [{ function: { name: "answer" } }] });
  });

  test("json() is one too; what is no object is asked for in the prompt", async () => {
    const { client, transport } = server([called(), data(delta({ content: "yes" }), delta({}, "stop"))], {
      choice: no("a test"),
    });
    expect((await client.chat({ messages: "Plan.", output: json() })).output).toEqual(value);
    const chosen = await client.chat({ messages: "Well?", output: choice(["yes", "no"]) });
    expect(chosen).toMatchObject({ output: "yes", warnings: [{ option: "output" }] });
    expect(transport.sent()).not.toHaveProperty("tools");
  });
});

describe("outputStrategy", () => {
  test("tool takes the call though the server may hold the model to a schema", async () => {
    const { client, transport } = server([called()], { structuredOutput: unknown("a test") });
    expect((await client.chat({ ...asked, outputStrategy: "tool" })).output).toEqual(value);
    expect(transport.sent()).toHaveProperty("tools");
  });

  test("tool is unsupported where no call can be forced, and for what is no object", async () => {
    const { client, transport } = server([], { forcedTools: no("a test", "Start it otherwise.") });
    const error = await failureOf(client.chat({ ...asked, outputStrategy: "tool" }));
    expect(error).toMatchObject({ code: "unsupported", hint: "Start it otherwise." });
    const list = await failureOf(client.chat({ messages: "Hi", output: z.array(z.string()), outputStrategy: "tool" }));
    expect(list).toMatchObject({ code: "unsupported", hint: expect.stringContaining("Wrap it") });
    const wrong = await failureOf(client.chat({ ...asked, outputStrategy: "magic" as never }));
    expect(wrong.code).toBe("invalid-request");
    expect(transport.requests).toEqual([]);
  });

  test("memory(), which forces nothing, is asked in the prompt", async () => {
    const provider = memory({ reply: () => text });
    const result = await createClient({ provider }).chat(asked);
    expect(result).toMatchObject({ output: value, warnings: [{ option: "output" }] });
  });
});

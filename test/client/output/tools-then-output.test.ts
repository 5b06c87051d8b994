import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";

import type { Batch } from "../../../src/core/event.ts";
import { grammar, tool } from "../../../src/index.ts";
import { answering, answerOf } from "../../support/canned.ts";
import { failureOf } from "../../support/loopback.ts";

const getWeather = tool({ name: "get_weather", parameters: z.object({ city: z.string() }) });
const output = z.object({ city: z.string(), degrees: z.number() });
const asked = { messages: "How warm is it in Oslo?", tools: [getWeather], output };

const call = {
  type: "tool-call",
  choice: 0,
  index: 0,
  id: "1",
  name: "get_weather",
  arguments: '{"city":"Oslo"}',
} as const;
const calling: readonly Batch[] = [
  [{ type: "start" }],
  [call],
  [{ type: "finish", finishReasons: ["tool-calls"], usage: { inputTokens: 10, outputTokens: 5 } }],
];

describe("tools and a form of the answer in one call", () => {
  test("the model calls a tool: its call, and no output", async () => {
    const { client, requests } = answering(calling);
    const result = await client.chat(asked);
    expect(result.toolCalls).toEqual([{ id: "1", name: "get_weather", arguments: '{"city":"Oslo"}' }]);
    expect(result).not.toHaveProperty("output");
    expect(requests).toHaveLength(1);
    expect(requests[0]).not.toHaveProperty("responseFormat");
    expectTypeOf(result.output).toEqualTypeOf<{ city: string; degrees: number } | undefined>();
  });

  test("the model answers in prose: it is asked again for the form, without tools", async () => {
    const { client, requests } = answering("It is warm.", '{"city":"Oslo","degrees":21}');
    const result = await client.chat(asked);
    expect(result.output).toEqual({ city: "Oslo", degrees: 21 });
    expect(requests).toHaveLength(2);
    expect(requests[1]).toMatchObject({ responseFormat: { type: "json-schema" }, messages: requests[0]?.messages });
    expect(requests[1]).not.toHaveProperty("tools");
  });

  test("the answer has the form already: that is the output", async () => {
    const { client, requests } = answering('{"city":"Oslo","degrees":21}');
    expect((await client.chat(asked)).output).toEqual({ city: "Oslo", degrees: 21 });
    expect(requests).toHaveLength(1);
  });

  test("prose is never taken for text of a grammar, which nobody here can check", async () => {
    const { client, requests } = answering("It is warm.", "x1");
    const form = grammar('root ::= "x" [0-9]', { syntax: "gbnf" });
    expect((await client.chat({ ...asked, output: form })).output).toBe("x1");
    expect(requests[1]).toMatchObject({ responseFormat: { type: "grammar" } });
  });

  test("the tokens of both are counted", async () => {
    const counted = (text: string, inputTokens: number): readonly Batch[] => [
      ...answerOf(text).slice(0, -1),
      [{ type: "finish", finishReasons: ["stop"], usage: { inputTokens, outputTokens: 3 } }],
    ];
    const { client } = answering(counted("Warm.", 30), counted('{"city":"Oslo","degrees":21}', 20));
    expect((await client.chat(asked)).usage).toEqual({ inputTokens: 50, outputTokens: 6 });
  });

  test("an answer that never has the form is the error of a form", async () => {
    const { client, requests } = answering("Warm.", "Warm.", "Warm.");
    const error = await failureOf(client.chat({ ...asked, maxOutputRetries: 1 }));
    expect(error).toMatchObject({ code: "schema", partial: { text: "Warm." } });
    expect(requests).toHaveLength(3);
  });
});

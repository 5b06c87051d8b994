import { describe, expect, test } from "vitest";
import { z } from "zod";

import { tool } from "../../../src/client/tools/typed-tool.ts";
import type { Batch, ModelEvent } from "../../../src/core/event.ts";
import { answering, answerOf, ended, stubClient } from "../../support/canned.ts";
import { failureOf } from "../../support/loopback.ts";

const weather = tool({ name: "weather", parameters: z.object({ city: z.string() }) });
const output = z.object({ days: z.array(z.string()), note: z.string().default("none") });
const asked = { messages: "Plan.", tools: [weather], output };
const call = { type: "tool-call", choice: 0, index: 0, id: "1", name: "weather", arguments: '{"city":"Ulm"}' } as const;
const calling: readonly Batch[] = [
  [{ type: "start" }],
  [call],
  [{ type: "finish", finishReasons: ["tool-calls"], usage: { inputTokens: 10, outputTokens: 5 } }],
];
const counted = (usage: { inputTokens: number; outputTokens: number }, ...texts: readonly string[]) => [
  ...answerOf(...texts).slice(0, -1),
  [{ type: "finish", finishReasons: ["stop"], usage }] as Batch,
];
const form = counted({ inputTokens: 20, outputTokens: 4 }, '{"days":["A', 'a","Bb"]', "}");
const value = { days: ["Aa", "Bb"], note: "none" };

async function all<Item>(items: AsyncIterable<Item>, copy = (item: Item): Item => item): Promise<readonly Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(copy(item));
  return list;
}
const types = (events: readonly ModelEvent[]): string => events.map(({ type }) => type).join(" ");

describe("stream() of tools and an output", () => {
  test("the model calls a tool: its events, no partials, no output", async () => {
    const { client, requests } = answering(calling, calling);
    const stream = client.stream(asked);
    expect(types(await all(stream))).toBe("start tool-call finish");
    const result = await stream.result;
    expect(result.toolCalls).toMatchObject([{ name: "weather" }]);
    expect(result).not.toHaveProperty("output");
    expect(await all(client.stream(asked).partials)).toEqual([]);
    expect(requests).toHaveLength(2);
    expect(requests[0]).toMatchObject({ stream: true, tools: [{ name: "weather" }] });
  });

  test("the model answers in prose: the events of both answers, partials of the second alone", async () => {
    const prose = counted({ inputTokens: 30, outputTokens: 3 }, "Let ", "me see.");
    const { client, requests } = answering(prose, form, prose, form, prose, form);
    const stream = client.stream(asked);
    expect(types(await all(stream))).toBe(
      "start text-delta text-delta finish start text-delta text-delta text-delta finish",
    );
    expect(await stream.result).toMatchObject({ output: value, usage: { inputTokens: 50, outputTokens: 7 } });
    expect(requests[1]).toMatchObject({ stream: true, responseFormat: { type: "json-schema" } });
    expect(requests[1]).not.toHaveProperty("tools");
    const partials = await all(client.stream(asked).partials, (partial) => structuredClone(partial));
    expect(partials).toEqual([{ days: ["A"] }, { days: ["Aa", "Bb"] }, { days: ["Aa", "Bb"] }]);
    expect(await all(client.stream(asked).elements("days"))).toEqual(["Aa", "Bb"]);
  });

  test("the first answer has the form: one partial, at its end", async () => {
    const { client, requests } = answering(form, form, form);
    const stream = client.stream(asked);
    expect(await all(stream.partials)).toEqual([{ days: ["Aa", "Bb"] }]);
    expect((await stream.result).output).toEqual(value);
    expect(await all(client.stream(asked).elements("days"))).toEqual(["Aa", "Bb"]);
    expect(requests).toHaveLength(2);
    expect((await client.stream(asked).result).output).toEqual(value);
  });

  test("a second answer that does not fit is the error of a form, with what came", async () => {
    const { client } = answering("Warm.", '{"days":1}');
    const stream = client.stream(asked);
    const error = await failureOf(all(stream.partials));
    expect(error).toMatchObject({ code: "schema", partial: { text: '{"days":1}', output: { days: 1 } } });
    expect(await failureOf(stream.result)).toBe(error);
  });

  test("prose in place of the form ends the second call at once", async () => {
    let calls = 0;
    let stopped = false;
    const client = stubClient(async function* prose(_, { signal }) {
      calls += 1;
      if (calls === 1) return yield* answerOf("Warm.");
      yield* answerOf("Sure", "! Here").slice(0, 2);
      return ended(signal).finally(() => (stopped = true));
    });
    const error = await failureOf(all(client.stream(asked).partials));
    expect(error).toMatchObject({ code: "schema", partial: { text: "Sure" } });
    expect(stopped).toBe(true);
  });

  test.each([1, 2])("leaving in answer %i ends it, and nothing else is sent", async (number) => {
    let calls = 0;
    const open = new Set<number>();
    const client = stubClient(async function* waiting(_, { signal }) {
      calls += 1;
      const mine = calls;
      open.add(mine);
      try {
        yield* answerOf("Warm.").slice(0, 2);
        if (mine === number) await ended(signal);
        yield* answerOf().slice(-1);
      } finally {
        open.delete(mine);
      }
    });
    const stream = client.stream(asked);
    let texts = 0;
    for await (const _ of stream.text) if ((texts += 1) === number) break;
    expect(open.size).toBe(0);
    expect(calls).toBe(number);
    expect(await failureOf(stream.result)).toMatchObject({ code: "abort", partial: { text: "Warm." } });
  });

  test("nothing is sent before somebody reads; a wrong input is told then", async () => {
    const { client, requests } = answering();
    client.stream(asked);
    const wrong = client.stream({ ...asked, maxOutputRetries: 1 } as never);
    expect((await failureOf(wrong.result)).message).toContain("maxOutputRetries");
    expect(() => client.stream({ ...asked, responseFormat: { type: "json" } } as never)).toThrow(/responseFormat/);
    expect(requests).toEqual([]);
  });
});

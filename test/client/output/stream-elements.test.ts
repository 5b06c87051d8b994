import { describe, expect, test } from "vitest";
import { z } from "zod";

import type { Handler } from "../../../src/core/handler.ts";
import type { SchemaInput } from "../../../src/core/schema.ts";
import { answerOf, stubClient } from "../../support/canned.ts";
import { failureOf } from "../../support/loopback.ts";

/** A stream of a text in pieces, and how many of them were taken. */
function streaming<Given extends SchemaInput>(text: string, output: Given, size = 4) {
  const taken: string[] = [];
  const handler: Handler = async function* reply(_, { signal }) {
    for (const batch of answerOf(...(text.match(new RegExp(`.{1,${size}}`, "gs")) ?? []))) {
      taken.push(batch[0]?.type ?? "");
      yield batch;
      signal.throwIfAborted(); // as a transport does
    }
  };
  return { stream: stubClient(handler).stream({ messages: "List.", output }), taken };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const town = z.object({ city: z.string() });

describe("elements", () => {
  test.each([1, 4, 1000])("of a list at the top come whole, one by one (in pieces of %i)", async (size) => {
    const { stream } = streaming('[{"city":"Oslo"},{"city":"Rome"},{"city":"Nice"}]', z.array(town), size);
    expect(await all(stream.elements())).toEqual([{ city: "Oslo" }, { city: "Rome" }, { city: "Nice" }]);
    expect((await stream.result).output).toHaveLength(3);
  });

  test("come before the reply has ended", async () => {
    const { stream, taken } = streaming('[{"city":"Oslo"},{"city":"Rome"},{"city":"Nice"}]', z.array(town));
    for await (const element of stream.elements()) {
      expect(element).toEqual({ city: "Oslo" });
      expect(taken.at(-1)).toBe("text-delta");
      break;
    }
    expect(taken.length).toBeLessThan(8);
  });

  test("of a list under a key, the last one when the next property begins", async () => {
    const output = z.object({ title: z.string(), stops: z.array(z.number()), note: z.string() });
    const { stream, taken } = streaming('{"title":"T","stops":[12,345],"note":"a long, long, long note"}', output);
    const at: number[] = [];
    for await (const stop of stream.elements("stops")) at.push(stop, taken.length);
    expect([at[0], at[2]]).toEqual([12, 345]);
    expect(at[3]).toBeLessThan(taken.length - 3);
  });

  test("that do not fit end the call, with the place", async () => {
    const { stream, taken } = streaming(
      '[{"city":"Oslo"},{"town":"Rome"},{"city":"Nice"},{"city":"Bonn"}]',
      z.array(town),
    );
    const seen: unknown[] = [];
    const error = await failureOf(
      (async () => {
        for await (const element of stream.elements()) seen.push(element);
      })(),
    );
    expect(seen).toEqual([{ city: "Oslo" }]);
    expect(error).toMatchObject({ code: "schema", issues: [{ path: [1] }] });
    expect(error.partial?.text).toContain("Rome");
    expect(taken.length).toBeLessThan(16);
  });

  test("of a recursive schema are checked through its definitions", async () => {
    const node = { type: "object", properties: { next: { $ref: "#/$defs/node" } }, additionalProperties: false };
    const output = { $defs: { node, list: { type: "array", items: { $ref: "#/$defs/node" } } }, $ref: "#/$defs/list" };
    const { stream } = streaming('[{"next":{}},{"next":{"x":1}},{}]', output);
    expect((await failureOf(all(stream.elements()))).code).toBe("schema");
  });

  test("of what is no list are refused, and nothing is sent", async () => {
    const { stream, taken } = streaming('{"city":"Oslo"}', town);
    expect((await failureOf(all(stream.elements()))).code).toBe("unsupported");
    expect(taken).toEqual([]);
  });
});

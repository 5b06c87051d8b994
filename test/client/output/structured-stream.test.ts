import { describe, expect, test } from "vitest";
import { z } from "zod";

import type { Batch } from "../../../src/core/event.ts";
import type { Handler } from "../../../src/core/handler.ts";
import type { ModelRequest } from "../../../src/core/request.ts";
import { answerOf, ended, stubClient } from "../../support/canned.ts";
import { failureOf } from "../../support/loopback.ts";

const output = z.object({ days: z.array(z.object({ city: z.string() })) });
const text = '{"days":[{"city":"Oslo"},{"city":"Rome"}]}';

/** Sends the text in pieces of three characters, a batch each or all in one. */
function streaming(whole: string, together = false) {
  const requests: ModelRequest[] = [];
  const pieces = whole.match(/.{1,3}/gs) ?? [];
  const batches = answerOf(...pieces);
  const handler: Handler = async function* reply(request) {
    requests.push(request);
    yield* together ? [batches.flat() as Batch] : batches;
  };
  return { stream: stubClient(handler).stream({ messages: "Plan.", output }), requests, pieces };
}

async function failingLoop(items: AsyncIterable<unknown>) {
  return failureOf(
    (async () => {
      for await (const _ of items);
    })(),
  );
}

describe("partials", () => {
  test.each([false, true])("come at every piece, of one object that grows (in one batch: %s)", async (together) => {
    const { stream, requests, pieces } = streaming(text, together);
    const seen: string[] = [];
    const objects = new Set<unknown>();
    for await (const partial of stream.partials) {
      objects.add(partial);
      seen.push(JSON.stringify(partial));
    }
    expect(seen).toHaveLength(pieces.length);
    expect(seen.slice(0, 5)).toEqual(["{}", "{}", '{"days":[]}', '{"days":[{}]}', '{"days":[{}]}']);
    expect(seen.at(-1)).toBe(text);
    expect(objects.size).toBe(1);
    expect(requests[0]).toMatchObject({ responseFormat: { type: "json-schema", schema: { type: "object" } } });
    expect((await stream.result).output).toEqual({ days: [{ city: "Oslo" }, { city: "Rome" }] });
  });

  test("what their reader does to them is not in the output", async () => {
    const { stream } = streaming(text);
    for await (const partial of stream.partials) Object.assign(partial, { days: "mine" });
    expect((await stream.result).output).toEqual(JSON.parse(text));
  });

  test("the loop throws what the result rejects with: a whole value that does not fit", async () => {
    const { stream } = streaming('{"days":[{"town":"Oslo"}]}');
    const error = await failingLoop(stream.partials);
    expect(error).toMatchObject({ code: "schema", issues: [{ path: ["days", 0, "city"] }] });
    expect(await failureOf(stream.result)).toBe(error);
  });

  test("prose ends the call at once, and the server stops", async () => {
    let stopped = false;
    const stream = stubClient(async function* prose(_, { signal }) {
      yield* answerOf("Sure", "! Here").slice(0, 2);
      await ended(signal).finally(() => (stopped = true));
    }).stream({ messages: "Plan.", output });
    const error = await failingLoop(stream.partials);
    expect(error).toMatchObject({
      code: "schema",
      hint: expect.stringContaining("did not apply the schema"),
      partial: { text: "Sure" },
      retryable: false,
    });
    expect(await failureOf(stream.result)).toBe(error);
    expect(stopped).toBe(true);
  });

  test("leaving the loop closes the call", async () => {
    let closed = false;
    const stream = stubClient(async function* waiting(_, { signal }) {
      try {
        yield* answerOf('{"days').slice(0, 2);
        await ended(signal);
      } finally {
        closed = true;
      }
    }).stream({ messages: "Plan.", output });
    for await (const _ of stream.partials) break;
    expect(closed).toBe(true);
    expect((await failureOf(stream.result)).code).toBe("abort");
  });
});

test("the other ways of reading end with the validated result too", async () => {
  const { stream } = streaming(text);
  let read = "";
  for await (const piece of stream.text) read += piece;
  expect(read).toBe(text);
  expect((await stream.result).output).toEqual(JSON.parse(text));
  expect((await failingLoop(streaming("{}").stream)).code).toBe("schema");
  expect((await streaming(text).stream.result).output).toEqual(JSON.parse(text));
});

test("a schema that cannot be said fails the first read, and nothing is sent", async () => {
  const requests: ModelRequest[] = [];
  const client = stubClient(async function* none(request) {
    requests.push(request);
    yield* answerOf("");
  });
  const stream = client.stream({ messages: "Hi", output: z.object({ at: z.date() }) });
  expect((await failingLoop(stream.partials)).code).toBe("invalid-request");
  expect(requests).toEqual([]);
  expect(() => client.stream({ messages: "Hi", output, maxOutputRetries: 1 } as never)).toThrow(/maxOutputRetries/);
});

import { describe, expect, test } from "vitest";
import { z } from "zod";

import type { Batch } from "../../../src/core/event.ts";
import type { FinishReason } from "../../../src/core/result.ts";
import { createClient } from "../../../src/index.ts";
import { memory } from "../../../src/testing/index.ts";
import { answering, answerOf, stubClient } from "../../support/canned.ts";
import { failureOf } from "../../support/loopback.ts";

const schema = z.object({ city: z.string(), days: z.number().int() });
const asked = { messages: "Plan a trip.", output: schema };

const endingWith = (finishReason: FinishReason, text: string): readonly Batch[] => [
  ...answerOf(text).slice(0, -1),
  [{ type: "finish", finishReasons: [finishReason] }],
];

describe("an answer that fits", () => {
  test("is the output, and the request carried the JSON Schema", async () => {
    const { client, requests } = answering('{"city":"Oslo","days":3}');
    const result = await client.chat(asked);
    expect(result).toMatchObject({ output: { city: "Oslo", days: 3 }, text: '{"city":"Oslo","days":3}' });
    expect(requests[0]).toMatchObject({
      responseFormat: { type: "json-schema", schema: { type: "object", required: ["city", "days"] } },
    });
    expect(Object.isFrozen(requests[0])).toBe(true);
  });

  test("has the defaults and transformations of the schema", async () => {
    const { client } = answering(' {"on":"2026-01-02"}\n');
    const output = z.object({ on: z.iso.date().transform((day) => new Date(day)), days: z.number().default(7) });
    const result = await client.chat({ messages: "When?", output });
    expect(result.output).toEqual({ on: new Date("2026-01-02"), days: 7 });
  });

  test("of a plain JSON Schema", async () => {
    const { client } = answering("[1,2]");
    const output = { type: "array", items: { type: "number" } };
    expect((await client.chat({ messages: "Count.", output })).output).toEqual([1, 2]);
  });

  test("may end at the token limit", async () => {
    const { client } = answering(endingWith("length", '{"city":"Oslo","days":3}'));
    expect((await client.chat(asked)).output).toEqual({ city: "Oslo", days: 3 });
  });
});

describe("an answer that does not", () => {
  test("fit is schema with every issue, and the text and value that came", async () => {
    const { client, requests } = answering('{"days":1.5}');
    expect(await failureOf(client.chat(asked))).toMatchObject({
      code: "schema",
      message: expect.stringMatching(/^The output does not fit the schema: city: .*; days: /),
      issues: [{ path: ["city"] }, { path: ["days"] }],
      partial: { text: '{"days":1.5}', output: { days: 1.5 } },
      attempts: [{ attempt: 1, code: "schema" }],
      retryable: false,
    });
    expect(requests).toHaveLength(1);
  });

  test("look like JSON was not held to the schema: the hint says so, and the text is not in the message", async () => {
    for (const text of [
      "Sure! Here is a plan.",
      '```json\n{"city":"Oslo","days":3}\n```',
      '{"city":"Oslo","days":3} Enjoy!',
    ]) {
      const { client } = answering(text);
      const error = await failureOf(client.chat(asked));
      expect(error).toMatchObject({
        code: "schema",
        message: expect.stringMatching(/^The text is no JSON at character \d+: expected [a-z ]+\.$/),
        hint: expect.stringContaining("did not apply the schema"),
        partial: { text },
      });
    }
  });

  test("come to its end is output-limit at the token limit, with what is known", async () => {
    const { client } = answering(endingWith("length", '{"city":"Os'));
    expect(await failureOf(client.chat({ ...asked, maxOutputRetries: 3 }))).toMatchObject({
      code: "output-limit",
      partial: { text: '{"city":"Os', output: { city: "Os" } },
    });
  });

  test("come to its end for another reason is schema", async () => {
    for (const text of ["", '{"city":"Os']) {
      expect((await failureOf(answering(text).client.chat(asked))).code).toBe("schema");
    }
  });

  test("end in prose that is cut is not blamed on the limit", async () => {
    const { client } = answering(endingWith("length", "Sure! Here"));
    expect((await failureOf(client.chat(asked))).code).toBe("schema");
  });
});

describe("maxOutputRetries", () => {
  test("asks again with the answer and its errors, and tells of the tries", async () => {
    const { client, requests } = answering('{"city":"Oslo"}', "no", '{"city":"Oslo","days":3}');
    const result = await client.chat({ ...asked, maxOutputRetries: 2 });
    expect(result.output).toEqual({ city: "Oslo", days: 3 });
    expect(result.failedAttempts).toMatchObject([
      { attempt: 1, code: "schema" },
      { attempt: 2, code: "schema" },
    ]);
    expect(requests[1]?.messages).toEqual([
      { role: "user", content: "Plan a trip." },
      { role: "assistant", content: '{"city":"Oslo"}' },
      {
        role: "user",
        content: expect.stringMatching(/does not fit: days: .+\. Answer again, with JSON that fits this JSON Schema/),
      },
    ]);
    expect(requests[2]?.messages).toHaveLength(3);
  });

  test("ends with the last failure and all tries", async () => {
    const { client, requests } = answering("a", "b", "c");
    expect(await failureOf(client.chat({ ...asked, maxOutputRetries: 1 }))).toMatchObject({
      code: "schema",
      partial: { text: "b" },
      attempts: [{ attempt: 1 }, { attempt: 2 }],
    });
    expect(requests).toHaveLength(2);
  });

  test("gets no time beyond the total limit", async () => {
    const requests: string[] = [];
    const client = stubClient(async function* slow() {
      requests.push("one");
      const until = performance.now() + 30;
      while (performance.now() < until); // the timer of the limit has no turn
      yield* answerOf("no");
    });
    const error = await failureOf(client.chat({ ...asked, maxOutputRetries: 5, timeout: { totalMs: 25 } }));
    expect(["schema", "timeout"]).toContain(error.code);
    expect(requests).toHaveLength(1);
  });

  test("is a whole number up to ten", async () => {
    const { client } = answering("a");
    expect((await failureOf(client.chat({ ...asked, maxOutputRetries: -1 }))).code).toBe("invalid-request");
  });
});

describe("refused before anything is sent", () => {
  test("a schema that JSON Schema cannot say", async () => {
    const { client, requests } = answering("a");
    const error = await failureOf(client.chat({ messages: "Hi", output: z.object({ at: z.date() }) }));
    expect(error).toMatchObject({
      code: "invalid-request",
      message: expect.stringMatching(/^output\.properties\.at: /),
    });
    expect(requests).toEqual([]);
  });

  test("options that exclude output", async () => {
    const { client } = answering("a");
    for (const more of [
      { toolChoice: "required" },
      { n: 2 },
      { responseFormat: { type: "json" } },
      { grammar: "root ::= [a]" },
    ]) {
      expect(await failureOf(client.chat({ ...asked, ...(more as object) }))).toMatchObject({
        code: "invalid-request",
      });
    }
  });

  test("a provider that obeys no schema, where it must", async () => {
    const provider = memory();
    const client = createClient({ provider });
    expect((await failureOf(client.chat({ ...asked, outputStrategy: "native" }))).code).toBe("unsupported");
    expect((await failureOf(client.stream({ ...asked, outputStrategy: "native" }).result)).code).toBe("unsupported");
    expect(provider.requests).toEqual([]);
  });
});

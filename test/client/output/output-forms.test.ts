import { describe, expect, test } from "vitest";
import { z } from "zod";

import { createClient } from "../../../src/client/client.ts";
import { no } from "../../../src/core/capability.ts";
import type { Batch } from "../../../src/core/event.ts";
import type { Handler } from "../../../src/core/handler.ts";
import { choice, grammar, json, regex, type OutputInput } from "../../../src/core/output-form.ts";
import type { ChatRequest, ModelRequest } from "../../../src/core/request.ts";
import { answerOf, stubProvider } from "../../support/canned.ts";
import { failureOf, thrownBy } from "../../support/loopback.ts";

/** A client of a model that says this, a piece at a time, and what it was sent. */
function saying(text: string, { finish = "stop", cannot = [] as readonly string[] } = {}) {
  const requests: ModelRequest[] = [];
  const handler: Handler = async function* reply(request) {
    requests.push(request);
    for (const batch of answerOf(...(text.match(/.{1,2}/gs) ?? []))) {
      yield batch.map((event) =>
        event.type === "finish" ? { ...event, finishReasons: [finish] } : event,
      ) as unknown as Batch;
    }
  };
  const provider = stubProvider(handler);
  const lacking = Object.fromEntries(cannot.map((name) => [name, no("the test says so")]));
  const capabilities = { ...provider.capabilities, ...lacking };
  const client = createClient({ provider: { ...provider, capabilities }, maxRetries: 0 });
  return { client, requests, sent: () => requests[0] as ChatRequest };
}

const forms: readonly (readonly [
  what: string,
  output: OutputInput,
  sent: unknown,
  fits: string,
  value: unknown,
  not: string,
])[] = [
  ["json()", json(), { type: "json" }, '{"a":1}', { a: 1 }, "[1]"],
  ["choice()", choice(["red", "green"]), { type: "choice", options: ["red", "green"] }, "red", "red", "Red"],
  ["regex()", regex(/\d+ km/), { type: "regex", pattern: "\\d+ km" }, "12 km", "12 km", "12 km!"],
  ["regex() of text", regex("^[ab]+$"), { type: "regex", pattern: "^[ab]+$" }, "abba", "abba", "abbé"],
  [
    "grammar()",
    grammar('root ::= "x"', { syntax: "gbnf" }),
    { type: "grammar", grammar: 'root ::= "x"', syntax: "gbnf" },
    "x",
    "x",
    "",
  ],
];

describe.each(forms)("%s", (_, output, responseFormat, fits, value, not) => {
  test("is what the server is asked for, and its value is the output", async () => {
    const { client, sent } = saying(fits);
    expect((await client.chat({ messages: "Hi", output })).output).toEqual(value);
    expect(sent().responseFormat).toEqual(responseFormat);
  });

  test("streams, and has its output at the end", async () => {
    const { client } = saying(fits);
    const stream = client.stream({ messages: "Hi", output });
    const partials: unknown[] = [];
    for await (const partial of stream.partials) partials.push(structuredClone(partial));
    expect(partials.at(-1)).toEqual(value);
    expect((await stream.result).output).toEqual(value);
  });

  test.runIf(not !== "")("an answer of another form is an error", async () => {
    const { client } = saying(not);
    const error = await failureOf(client.chat({ messages: "Hi", output }));
    expect(error).toMatchObject({ code: "schema", partial: { text: not } });
    expect(error.issues).toHaveLength(1);
  });
});

describe("an answer that the token limit cut", () => {
  test.each([
    ["a regular expression that could go on", regex(/\d+/), "12", true],
    ["a choice that could go on", choice(["a", "ab"]), "a", true],
    ["a choice that is whole", choice(["red", "green"]), "red", false],
    ["a grammar", grammar('root ::= "x"+', { syntax: "gbnf" }), "xx", true],
  ])("%s", async (_, output, text, isCut) => {
    const { client } = saying(text, { finish: "length" });
    const call = client.chat({ messages: "Hi", output });
    if (isCut) expect(await failureOf(call)).toMatchObject({ code: "output-limit", partial: { text } });
    else expect((await call).output).toBe(text);
  });
});

test.each([
  ["no texts", () => choice([]), "choice: expected a list"],
  ["a text twice", () => choice(["a", "a"]), 'choice[1]: "a" is there twice'],
  ["an empty text", () => choice([""]), "choice[0]: expected text"],
  ["a flag that changes the meaning", () => regex(/a/i), 'regex: the flags "i" cannot be enforced'],
  ["an empty grammar", () => grammar(" ", { syntax: "gbnf" }), "grammar: expected the text"],
  [
    "a notation that nobody has",
    () => grammar("x", { syntax: "ebnf" as "gbnf" }),
    "grammar: syntax: expected gbnf or lark",
  ],
])("%s is refused", (_, make, message) => {
  const error = thrownBy(make);
  expect(error.code).toBe("invalid-request");
  expect(error.message).toContain(message);
});

test("an expression that nobody can enforce is refused before anything is sent", async () => {
  const { client, requests } = saying("a");
  expect((await failureOf(client.chat({ messages: "Hi", output: regex(/(?!x)a/) }))).code).toBe("invalid-request");
  expect(requests).toEqual([]);
});

describe("a server that cannot hold a model to a form", () => {
  const person = z.object({ name: z.string() });

  test("has the model asked for it, and says so", async () => {
    const { client, sent } = saying('Sure:\n```json\n{"name":"Ada"}\n```', { cannot: ["structuredOutput"] });
    const { output, warnings } = await client.chat({ messages: "Who?", output: person });
    expect(output).toEqual({ name: "Ada" });
    expect(warnings).toEqual([{ option: "output", message: expect.stringContaining("not held to it") as string }]);
    expect(sent()).not.toHaveProperty("responseFormat");
    expect(sent().messages).toMatchObject([
      { role: "system", content: expect.stringContaining('"name"') as string },
      { role: "user" },
    ]);
  });

  test("keeps the caller's system prompt", async () => {
    const { client, sent } = saying("red", { cannot: ["choice"] });
    const messages = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Which?" },
    ] as const;
    expect((await client.chat({ messages, output: choice(["red"]) })).output).toBe("red");
    expect(sent().messages).toHaveLength(2);
    expect(sent().messages[0]?.content).toMatch(/^Be brief\.\n\nAnswer with exactly one of these/);
  });

  test("streams partials out of the fence", async () => {
    const { client } = saying('```json\n{"name":"Ada"}\n```', { cannot: ["structuredOutput"] });
    const stream = client.stream({ messages: "Who?", output: person });
    const partials: string[] = [];
    for await (const partial of stream.partials) partials.push(JSON.stringify(partial));
    expect(partials).toContain('{"name":"A"}');
    expect(await stream.result).toMatchObject({ output: { name: "Ada" }, warnings: [{ option: "output" }] });
  });

  test("prose is an error, and the hint says that it was only asked", async () => {
    const { client } = saying("I am Ada.", { cannot: ["structuredOutput"] });
    const error = await failureOf(client.chat({ messages: "Who?", output: person }));
    expect(error).toMatchObject({ code: "schema", partial: { text: "I am Ada." } });
  });

  test("takes no grammar, which nothing here could check", async () => {
    const { client, requests } = saying("x", { cannot: ["grammar"] });
    const output = grammar('root ::= "x"', { syntax: "gbnf" });
    expect((await failureOf(client.chat({ messages: "Hi", output }))).code).toBe("unsupported");
    expect(requests).toEqual([]);
  });
});

test("the caller chooses how", async () => {
  const { client, requests } = saying('{"a":1}');
  await client.chat({ messages: "Hi", output: json(), outputStrategy: "prompted" });
  await client.chat({ messages: "Hi", output: json(), outputStrategy: "native" });
  expect(requests.map((request) => "responseFormat" in request)).toEqual([false, true]);
  const wrong = client.chat({ messages: "Hi", output: json(), outputStrategy: "magic" as "native" });
  expect(await failureOf(wrong)).toMatchObject({ code: "invalid-request" });
  const refused = saying("{}", { cannot: ["structuredOutput"] }).client.chat({
    messages: "Hi",
    output: json(),
    outputStrategy: "native",
  });
  expect((await failureOf(refused)).code).toBe("unsupported");
});

import { describe, expect, test } from "vitest";

import type { Provider } from "../../src/core/provider.ts";
import type { ModelRequest } from "../../src/core/request.ts";
import type { ResponseFormat } from "../../src/core/response-format.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { openaiSchemaSupport } from "../../src/providers/openai-compatible/openai-schema-support.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { canned, type CannedTransport, chatRequest, eventsOf, opening } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";
import { chatStream } from "../support/wire.ts";

const baseURL = "http://model.example";
const providers: Readonly<Record<string, (transport: CannedTransport) => Provider>> = {
  llamacpp: (transport) => llamacpp({ baseURL, transport }),
  ollama: (transport) => ollama({ baseURL, transport }),
  vllm: (transport) => vllm({ baseURL, transport }),
  own: (transport) => openaiCompatible({ baseURL, transport, name: "own" }),
};

const line = (content: string, done = false) =>
  `${JSON.stringify({ message: { content }, done, ...(done ? { done_reason: "stop" } : {}) })}\n`;
const replyOf = (name: string) =>
  name === "ollama"
    ? canned({ headers: { "content-type": "application/x-ndjson" }, body: line('"a"', true) })
    : canned({ body: chatStream("a") });

const forms: readonly ResponseFormat[] = [
  { type: "choice", options: ["red", 'gr"een\\\n'] },
  { type: "regex", pattern: "[a-c]{2}|x.?" },
  { type: "grammar", grammar: 'root ::= "x"', syntax: "gbnf" },
  { type: "grammar", grammar: 'start: "x"', syntax: "lark" },
];
const [choice, regex, gbnf, lark] = forms as readonly [ResponseFormat, ResponseFormat, ResponseFormat, ResponseFormat];

describe("a form that is no JSON", () => {
  test.each<[provider: string, format: ResponseFormat, body: unknown]>([
    ["llamacpp", choice, { grammar: 'root ::= "red" | "gr\\"een\\\\\\n"' }],
    ["llamacpp", regex, { grammar: "root ::= (([a-c]){2,2} | [x] ([^\\x0A\\x0D\\u2028-\\u2029]){0,1})" }],
    ["llamacpp", gbnf, { grammar: 'root ::= "x"' }],
    ["ollama", choice, { format: { type: "string", enum: ["red", 'gr"een\\\n'] } }],
    ["ollama", regex, { format: { type: "string", pattern: expect.stringMatching(/^\^\(\[a-c\]\{2\}\|x/) as string } }],
    ["vllm", choice, { structured_outputs: { choice: ["red", 'gr"een\\\n'] } }],
    ["vllm", regex, { structured_outputs: { regex: "^([a-c]{2}|x[^\\x0A\\x0D\\u2028-\\u2029]?)$" } }],
    ["vllm", gbnf, { structured_outputs: { grammar: 'root ::= "x"' } }],
    ["vllm", lark, { structured_outputs: { grammar: 'start: "x"' } }],
  ])("%s: %o", async (name, responseFormat, body) => {
    const transport = replyOf(name);
    await opening((providers[name] as (typeof providers)[string])(transport).send, chatRequest({ responseFormat }));
    expect(transport.sent()).toMatchObject(body as object);
    expect(transport.sent()).not.toHaveProperty("response_format");
  });

  test.each<[provider: string, format: ResponseFormat]>([
    ["llamacpp", lark],
    ["ollama", gbnf],
    ["ollama", lark],
    ["own", choice],
    ["own", regex],
    ["own", gbnf],
  ])("%s has no %o, and nothing is sent", async (name, responseFormat) => {
    const transport = replyOf(name);
    const { send } = (providers[name] as (typeof providers)[string])(transport);
    const error = await failureOf(eventsOf(send, chatRequest({ responseFormat })));
    expect(error).toMatchObject({ code: "unsupported", hint: expect.stringMatching(/./) as string });
    expect(transport.requests).toEqual([]);
  });

  test("comes from Ollama as a JSON string, and is read as text, however it is cut", async () => {
    const body = [line('"gr\\'), line('"een'), line('\\\\\\n"'), line("", true)];
    const transport = canned({ headers: { "content-type": "application/x-ndjson" }, body });
    const events = await eventsOf(ollama({ baseURL, transport }).send, chatRequest({ responseFormat: choice }));
    const text = events.map((event) => (event.type === "text-delta" ? event.text : "")).join("");
    expect(text).toBe('gr"een\\\n');
  });
});

describe("a schema", () => {
  const schema = { type: "object", properties: { a: { type: "string", pattern: "^(?!x)\\d$" } }, required: ["a"] };
  const request: ModelRequest = chatRequest({ responseFormat: { type: "json-schema", schema } });
  const pattern = "^[0-9]$";

  test.each<[provider: string, at: (body: Readonly<Record<string, unknown>>) => unknown, sent: unknown]>([
    ["llamacpp", (body) => body["response_format"], { json_schema: { schema: { properties: { a: { pattern } } } } }],
    ["ollama", (body) => body["format"], { properties: { a: { pattern } } }],
    ["vllm", (body) => body["response_format"], { json_schema: { schema: { properties: { a: { pattern } } } } }],
    ["own", (body) => body["response_format"], { json_schema: { schema: { properties: { a: { type: "string" } } } } }],
  ])("is sent to %s in its words, and the loss is told with its place", async (name, at, sent) => {
    const transport = replyOf(name);
    const events = await opening((providers[name] as (typeof providers)[string])(transport).send, request);
    expect(at(transport.sent())).toMatchObject(sent as object);
    const warnings = events.flatMap((event) => (event.type === "warning" ? [event.warning] : []));
    expect(warnings).toEqual([
      { option: "responseFormat", message: expect.stringContaining("pattern at /properties/a") as string },
    ]);
  });

  test("that loses much is told of in 16 warnings at the most", async () => {
    const properties = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`p${at}`, { not: { const: at } }]));
    const transport = replyOf("vllm");
    const { send } = vllm({ baseURL, transport });
    const responseFormat = { type: "json-schema", schema: { type: "object", properties } } as const;
    const warnings = (await opening(send, chatRequest({ responseFormat }))).filter(({ type }) => type === "warning");
    expect(warnings).toHaveLength(16);
    expect(warnings.at(-1)).toMatchObject({
      warning: { message: expect.stringContaining("25 more keywords") as string },
    });
  });

  test("is lowered to what a dialect says that its server enforces", async () => {
    const transport = replyOf("own");
    const dialect = { schemaSupport: { ...openaiSchemaSupport, patterns: true } };
    await opening(openaiCompatible({ baseURL, transport, dialect }).send, request);
    expect(transport.sent()["response_format"]).toMatchObject({
      json_schema: { schema: { properties: { a: { pattern } } } },
    });
  });
});

test("a form of the answer and a grammar exclude each other", async () => {
  for (const name of ["llamacpp", "vllm"]) {
    const transport = replyOf(name);
    const { send } = (providers[name] as (typeof providers)[string])(transport);
    const request = chatRequest({ responseFormat: choice, sampling: { grammar: "root ::= [a]" } });
    expect((await failureOf(eventsOf(send, request))).code).toBe("invalid-request");
  }
});

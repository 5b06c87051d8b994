import type { AIMessageChunk } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { z as z3 } from "zod/v3";

import { createClient } from "../../../src/client/client.ts";
import { tool as ownTool } from "../../../src/client/tools/typed-tool.ts";
import { choice } from "../../../src/core/output-form.ts";
import type { ChatRequest } from "../../../src/core/request.ts";
import { ChatInhouse, type ChatInhouseFields } from "../../../src/integrations/langchain/index.ts";
import type { MemoryProvider } from "../../../src/testing/memory.ts";
import { memory } from "../../../src/testing/memory.ts";
import { obedientModel } from "../../support/obedient-model.ts";

const weather = z.object({ city: z.enum(["Graz", "Oslo"]), days: z.number().int() });
const parameters = {
  type: "object" as const,
  properties: { city: { type: "string", enum: ["Graz", "Oslo"] }, days: { type: "integer" } },
  required: ["city", "days"],
};

function model(provider: MemoryProvider = obedientModel(), fields: Partial<ChatInhouseFields> = {}) {
  return { provider, model: new ChatInhouse({ client: createClient({ provider }), ...fields }) };
}

const lastChat = (provider: MemoryProvider): ChatRequest => provider.requests.at(-1) as ChatRequest;

describe("bindTools()", () => {
  const name = "weather";
  const description = "Tells the weather.";
  test.each([
    ["a tool of LangChain with zod 4", tool(() => "warm", { name, description, schema: weather })],
    [
      "a tool of LangChain with zod 3",
      tool(() => "warm", {
        name,
        description,
        schema: z3.object({ city: z3.enum(["Graz", "Oslo"]), days: z3.number().int() }) as never, // not under strict types
      }),
    ],
    ["a tool of LangChain with JSON Schema", tool(() => "warm", { name, description, schema: parameters })],
    ["{ name, schema }", { name, description, schema: weather }],
    ["OpenAI's form", { type: "function", function: { name, description, parameters } }],
    ["Anthropic's form", { name, description, input_schema: parameters }],
    ["a tool of ours", ownTool({ name, description, parameters: weather, execute: () => "warm" })],
  ])("takes %s", async (_, given) => {
    const { provider, model: bound } = model();
    const answer = await bound.bindTools([given]).invoke("How warm is it?");
    expect(lastChat(provider).tools).toMatchObject([{ name, description, parameters }]);
    expect(answer.tool_calls).toEqual([{ type: "tool_call", id: "call-0", name, args: { city: "Graz", days: 0 } }]);
    expect(answer.response_metadata["finish_reason"]).toBe("tool_calls");
  });

  test.each([
    ["auto", "auto"],
    ["none", "none"],
    ["any", "required"],
    ["required", "required"],
    ["weather", { name: "weather" }],
    [{ type: "function", function: { name: "weather" } }, { name: "weather" }],
    [{ type: "tool", name: "weather" }, { name: "weather" }],
    [{ type: "any" }, "required"],
  ])("with tool_choice %j asks for %j", async (tool_choice, expected) => {
    const { provider, model: bound } = model();
    const tools = [
      { name: "weather", schema: weather },
      { name: "news", schema: z.object({}) },
    ];
    const answer = await bound.bindTools(tools, { tool_choice }).invoke("Hi");
    const { toolChoice, tools: shown } = lastChat(provider);
    if (expected === "none") expect(shown).toBeUndefined();
    else expect(toolChoice).toEqual(expected);
    const called = expected === "none" ? [] : typeof expected === "object" ? ["weather"] : ["weather", "news"];
    expect(answer.tool_calls?.map(({ name: of }) => of)).toEqual(called);
  });

  test("refuses tools that another provider would execute, and a choice that is none", async () => {
    const { model: bound } = model();
    const call = (tools: object[], options = {}) => bound.bindTools(tools, options).invoke("Hi");
    await expect(call([{ type: "web_search" }])).rejects.toMatchObject({ code: "unsupported" });
    await expect(call([{ description: "nameless" }])).rejects.toMatchObject({ code: "invalid-request" });
    await expect(call([{ name: "a" }], { tool_choice: { what: 1 } })).rejects.toThrow("tool_choice");
  });

  test("keeps a call whose arguments are no JSON apart", async () => {
    const provider = memory({
      reply: () => [
        { type: "start" },
        { type: "tool-call", choice: 0, index: 0, id: "c1", name: "weather", arguments: "{city" },
        { type: "finish", finishReasons: ["tool-calls"], model: "memory" },
      ],
    });
    const { model: bound } = model(provider);
    const answer = await bound.bindTools([{ name: "weather", schema: weather }]).invoke("Hi");
    expect(answer.tool_calls).toEqual([]);
    expect(answer.invalid_tool_calls).toMatchObject([{ id: "c1", args: "{city" }]);
  });
});

describe("withStructuredOutput()", () => {
  const sayer = (text: string) => {
    const { provider, model: made } = model(obedientModel());
    const said = memory({ reply: () => text });
    const { capabilities, describe: told } = provider;
    return {
      made,
      told: new ChatInhouse({ client: createClient({ provider: { ...said, capabilities, describe: told } }) }),
    };
  };

  test.each([
    ["zod 4", weather],
    ["zod 3", z3.object({ city: z3.enum(["Graz", "Oslo"]), days: z3.number().int() })],
    ["JSON Schema", parameters],
    ["a function of OpenAI's form", { name: "weather", description: "The weather.", parameters }],
  ] as const)("holds the server to a schema: %s", async (_, schema) => {
    const { provider, model: made } = model();
    expect(await made.withStructuredOutput(schema).invoke("Hi")).toEqual({ city: "Graz", days: 0 });
    expect(lastChat(provider).responseFormat).toMatchObject({ type: "json-schema", schema: parameters });
  });

  test("gives the value that the schema makes of the answer", async () => {
    const schema = z.object({ days: z.number().transform((days) => `${days} days`), unit: z.string().default("C") });
    const { told } = sayer('{"days":3}');
    expect(await told.withStructuredOutput(schema).invoke("Hi")).toEqual({ days: "3 days", unit: "C" });
  });

  test.each(["functionCalling", "jsonMode"])("asks by %s, and checks what comes", async (method) => {
    const provider = memory({
      reply: (request) =>
        request.kind === "chat" && request.tools
          ? [
              { type: "start" },
              { type: "tool-call", choice: 0, index: 0, id: "c1", name: "weather", arguments: '{"city":"Rome"}' },
              { type: "finish", finishReasons: ["tool-calls"], model: "memory" },
            ]
          : '{"city":"Rome"}',
    });
    const { model: made } = model(provider);
    const structured = made.withStructuredOutput(weather, { method, name: "weather" });
    const failure: unknown = await structured.invoke("Hi").then(undefined, (error: unknown) => error);
    expect(failure).toMatchObject({ lc_error_code: "OUTPUT_PARSING_FAILURE", code: "schema" });
    const fitting = model().model.withStructuredOutput(weather, { method: "functionCalling" });
    expect(await fitting.invoke("Hi")).toEqual({ city: "Graz", days: 0 });
  });

  test("fails with what came where it does not fit, or with includeRaw gives the message", async () => {
    const { told } = sayer('{"city":"Rome","days":1}');
    const failure: unknown = await told
      .withStructuredOutput(weather)
      .invoke("Hi")
      .then(undefined, (error: unknown) => error);
    expect(failure).toMatchObject({ code: "schema", partial: { text: '{"city":"Rome","days":1}' } });

    const { raw, parsed } = await told.withStructuredOutput(weather, { includeRaw: true }).invoke("Hi");
    expect(raw.text).toBe('{"city":"Rome","days":1}');
    expect(raw.response_metadata["error"]).toMatchObject({ code: "schema" });
    expect(parsed).toBeNull();
  });

  test("with includeRaw gives the message and the value", async () => {
    const { model: made } = model();
    const { raw, parsed } = await made.withStructuredOutput(weather, { includeRaw: true }).invoke("Hi");
    expect(parsed).toEqual({ city: "Graz", days: 0 });
    expect((raw as AIMessageChunk).usage_metadata).toMatchObject({ total_tokens: 26 });
  });

  test("streams: a JSON Schema's value as it grows, that of a typed schema when it is whole", async () => {
    const { told } = sayer('{"city": "Graz", "days": 3}');
    const grown: unknown[] = [];
    for await (const value of await told.withStructuredOutput(parameters).stream("Hi")) grown.push(value);
    expect(grown.length).toBeGreaterThan(1);
    expect(grown.at(-1)).toEqual({ city: "Graz", days: 3 });

    const whole: unknown[] = [];
    for await (const value of await told.withStructuredOutput(weather).stream("Hi")) whole.push(value);
    expect(whole).toEqual([{ city: "Graz", days: 3 }]);
  });

  test("reads an answer in a fence of Markdown, where the server obeys no schema", async () => {
    const { model: made } = model(memory({ reply: () => 'Sure:\n```json\n{"city":"Graz","days":3}\n```\nThere.' }));
    const value = { city: "Graz", days: 3 };
    expect(await made.withStructuredOutput(weather).invoke("Hi")).toEqual(value);
    expect((await made.withStructuredOutput(weather, { includeRaw: true }).invoke("Hi")).parsed).toEqual(value);
    let last: unknown;
    for await (const grown of await made.withStructuredOutput(parameters).stream("Hi")) last = grown;
    expect(last).toEqual(value);
    const answer = await made.invoke("Hi", { output: weather });
    expect(JSON.parse(answer.text)).toEqual(value);
    expect(answer.response_metadata["warnings"]).toMatchObject([{ option: "output" }]);
  });

  test("asks again where the model says so", async () => {
    const provider = memory({ reply: (_, call) => (call === 1 ? '{"city":"Rome"}' : '{"city":"Oslo","days":2}') });
    const { model: made } = model(provider, { maxOutputRetries: 1 });
    const structured = made.withStructuredOutput(weather);
    expect(await structured.invoke("Hi")).toEqual({ city: "Oslo", days: 2 });
    expect(provider.requests).toHaveLength(2);
  });

  test("refuses a method that there is not, and a schema that says nothing", () => {
    const { model: made } = model();
    expect(() => made.withStructuredOutput(weather, { method: "guess" })).toThrow("method");
  });
});

describe("output", () => {
  test("is a call's option, too: one of some texts", async () => {
    const { model: made } = model();
    expect((await made.withConfig({ output: choice(["yes", "no"]) }).invoke("Urgent?")).text).toBe("yes");
  });

  test("with tools beside it: calls first, then the form; a stream gives each as a whole", async () => {
    const { provider, model: made } = model();
    const bound = made.withConfig({ output: weather, tools: [{ name: "look", schema: z.object({}) }] });
    let whole: AIMessageChunk | undefined;
    for await (const chunk of await bound.stream("Hi")) whole = whole ? whole.concat(chunk) : chunk;
    expect(whole?.tool_calls).toMatchObject([{ name: "look" }]);
    expect(provider.requests).toHaveLength(1);
  });

  test("may be asked for in OpenAI's words", async () => {
    const { provider, model: made } = model();
    const json_schema = { name: "weather", schema: parameters };
    const answer = await made.invoke("Hi", { response_format: { type: "json_schema", json_schema } });
    expect(JSON.parse(answer.text)).toEqual({ city: "Graz", days: 0 });
    await made.invoke("Hi", { response_format: { type: "text" } });
    expect(lastChat(provider).responseFormat).toBeUndefined();
  });
});

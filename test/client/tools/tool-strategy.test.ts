import { describe, expect, test } from "vitest";

import { createClient } from "../../../src/client/client.ts";
import type { ChatInput } from "../../../src/client/inputs.ts";
import { no, yes, type CapabilityName } from "../../../src/core/capability.ts";
import type { Batch, ModelEvent } from "../../../src/core/event.ts";
import type { ChatRequest } from "../../../src/core/request.ts";
import { stubProvider } from "../../support/canned.ts";
import { failureOf } from "../../support/loopback.ts";

const city = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const tools = [{ name: "weather", description: "The weather.", parameters: city }, { name: "clock" }];
const ulm = { name: "weather", arguments: '{"city":"Ulm"}' };
const asTag = `<tool_call>{"name":"weather","arguments":{"city":"Ulm"}}</tool_call>`;
const asList = `{"calls": [{"name": "weather", "arguments": {"city":"Ulm"}}]}`;
const nativeCall = { type: "tool-call", choice: 0, index: 0, id: "1", ...ulm } as const satisfies ModelEvent;

type Known = Readonly<Partial<Record<CapabilityName, "yes" | "no">>>;

/** A client of a model that can do this and answers so, text in pieces of three characters. */
function clientOf(known: Known, answer: string | ModelEvent, finishReason: "stop" | "length" = "stop", answers = 1) {
  const requests: ChatRequest[] = [];
  const template = stubProvider(() => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error()) }),
  }));
  const told = Object.entries(known).map(([name, can]) => [
    name,
    can === "yes" ? yes("a test") : no("a test", "Start it so."),
  ]);
  const capabilities = { ...template.capabilities, ...Object.fromEntries(told) } as typeof template.capabilities;
  const pieces = typeof answer === "string" ? (answer.match(/.{1,3}/gs) ?? []) : [];
  const content: readonly Batch[] =
    typeof answer === "string" ? pieces.map((text) => [{ type: "text-delta", choice: 0, text }]) : [[answer]];
  async function* send(request: unknown): AsyncGenerator<Batch> {
    requests.push(request as ChatRequest);
    yield [{ type: "start" }];
    yield* content;
    yield [{ type: "finish", finishReasons: Array.from({ length: answers }, () => finishReason) }];
  }
  const describeModel = () => Promise.resolve({ id: "m", aliases: [], capabilities });
  const client = createClient({ provider: { ...template, send, describe: describeModel }, maxRetries: 0 });
  const chat = (more: Partial<ChatInput> = {}) => client.chat({ messages: "Hi", tools, ...more });
  return { client, chat, requests };
}

const servers = {
  "forces calls": {},
  "shows tools": { forcedTools: "no" },
  "shows none": { forcedTools: "no", tools: "no" },
  "shows none and enforces nothing": { forcedTools: "no", tools: "no", structuredOutput: "no" },
} as const satisfies Record<string, Known>;

/** How a request reached the server. */
function strategyOf({ tools: sent, responseFormat, messages }: ChatRequest | Record<string, never>): string {
  if (sent) return "native";
  if (responseFormat) return "schema";
  return messages?.[0]?.role === "system" ? "prompted" : "none";
}

describe("the strategy", () => {
  const table: readonly (readonly [server: keyof typeof servers, choice: ChatInput["toolChoice"], strategy: string])[] =
    [
      ["forces calls", "auto", "native"],
      ["forces calls", undefined, "native"],
      ["forces calls", "required", "native"],
      ["forces calls", { name: "weather" }, "native"],
      ["forces calls", "none", "none"],
      ["shows tools", "auto", "native"],
      ["shows tools", "required", "schema"],
      ["shows tools", { name: "weather" }, "schema"],
      ["shows tools", "none", "none"],
      ["shows none", "auto", "prompted"],
      ["shows none", "required", "schema"],
      ["shows none", { name: "weather" }, "schema"],
      ["shows none", "none", "none"],
      ["shows none and enforces nothing", "auto", "prompted"],
      ["shows none and enforces nothing", "required", "prompted"],
    ];
  const answers: Readonly<Record<string, string | ModelEvent>> = {
    native: nativeCall,
    schema: asList,
    prompted: asTag,
    none: "Hi",
  };

  test.each(table)("on a server that %s, for %j: %s", async (server, toolChoice, strategy) => {
    const { chat, requests } = clientOf(servers[server], answers[strategy] ?? "");
    const { toolCalls, finishReason, recoveredToolCalls } = await chat(toolChoice === undefined ? {} : { toolChoice });
    expect(strategyOf(requests[0] ?? {})).toBe(strategy);
    expect(requests[0]).not.toHaveProperty("toolStrategy");
    expect(toolCalls).toMatchObject(strategy === "none" ? [] : [ulm]);
    expect(recoveredToolCalls).toBe(0);
    expect(finishReason === "tool-calls").toBe(strategy === "schema" || strategy === "prompted");
  });

  test.each(["native", "schema", "prompted"] as const)("is the caller's, where it is %s", async (toolStrategy) => {
    const { chat, requests } = clientOf(servers["shows tools"], answers[toolStrategy] ?? "");
    await chat({ toolStrategy, toolChoice: "required" });
    expect(strategyOf(requests[0] ?? {})).toBe(toolStrategy);
  });

  test("schema without a call that is required means prompted, so that the model may answer", async () => {
    const { chat, requests } = clientOf({}, "Sunny.");
    expect((await chat({ toolStrategy: "schema" })).text).toBe("Sunny.");
    expect(strategyOf(requests[0] ?? {})).toBe("prompted");
  });

  test.each([
    ["native", "tools"],
    ["schema", "structuredOutput"],
  ] as const)("%s of the caller's is refused where the server cannot do it", async (toolStrategy, name) => {
    const { chat, requests } = clientOf({ [name]: "no" }, "");
    const error = await failureOf(chat({ toolStrategy, toolChoice: "required" }));
    expect(error).toMatchObject({ code: "unsupported", hint: "Start it so." });
    expect(requests).toEqual([]);
  });

  test("a way to bring tools that there is not is refused", async () => {
    const { chat } = clientOf({}, "");
    expect(await failureOf(chat({ toolStrategy: "magic" as never }))).toMatchObject({ code: "invalid-request" });
  });

  test("another form of the answer is refused where the tools need its form", async () => {
    const { chat, requests } = clientOf(servers["shows none"], "");
    for (const more of [{ responseFormat: { type: "json" } }, { grammar: "x", toolChoice: "required" }] as const) {
      expect((await failureOf(chat(more))).code).toBe("unsupported");
    }
    expect(requests).toEqual([]);
  });
});

describe("tools in the prompt", () => {
  test("are described with their schemas, and a warning says why", async () => {
    const { chat, requests } = clientOf(servers["shows none"], "Sunny.");
    const messages = [{ role: "system", content: "Be terse." } as const, { role: "user", content: "Hi" } as const];
    const { warnings } = await chat({ messages });
    const [system, user] = requests[0]?.messages ?? [];
    expect(system?.content).toMatch(/^Be terse\.\n\n/);
    expect(system?.content).toContain(JSON.stringify(tools[0]));
    expect(system?.content).toContain("<tool_call>");
    expect(user).toEqual(messages[1]);
    expect(warnings).toEqual([{ option: "tools", message: expect.stringContaining("Start it so.") }]);
  });

  test("of earlier turns are text too: calls, and results with what the user says next", async () => {
    const { chat, requests } = clientOf(servers["shows none"], "Bye.");
    const image = { type: "image", mediaType: "image/png", data: "AA==" } as const;
    const call = (id: string) => ({ id, ...ulm });
    await chat({
      toolChoice: "none",
      messages: [
        { role: "user", content: "Hi" },
        { role: "assistant", content: "Let me see.", toolCalls: [call("1"), call("2")] },
        { role: "tool", toolCallId: "1", content: "rain" },
        { role: "tool", toolCallId: "2", content: "sun" },
        { role: "user", content: "Both?" },
        { role: "assistant", content: "", toolCalls: [{ id: "3", name: "clock", arguments: "" }] },
        { role: "tool", toolCallId: "3", content: "noon" },
      ],
    });
    expect(requests[0]?.messages).toEqual([
      { role: "user", content: "Hi" },
      {
        role: "assistant",
        content: `Let me see.\n${'<tool_call>\n{"name": "weather", "arguments": {"city":"Ulm"}}\n</tool_call>\n'.repeat(2).trim()}`,
      },
      {
        role: "user",
        content: "<tool_response>\nrain\n</tool_response>\n<tool_response>\nsun\n</tool_response>\nBoth?",
      },
      { role: "assistant", content: '<tool_call>\n{"name": "clock", "arguments": {}}\n</tool_call>' },
      { role: "user", content: "<tool_response>\nnoon\n</tool_response>" },
    ]);
    const pictured = clientOf({ ...servers["shows none"], image: "yes" }, "Bye.");
    await pictured.chat({
      toolChoice: "none",
      messages: [
        { role: "assistant", content: "", toolCalls: [call("1")] },
        { role: "tool", toolCallId: "1", content: "rain" },
        { role: "user", content: [image] },
      ],
    });
    const text = { type: "text", text: "<tool_response>\nrain\n</tool_response>\n" };
    expect(pictured.requests[0]?.messages[1]).toEqual({ role: "user", content: [text, image] });
  });

  test("of earlier turns stay the server's own where its template knows them, and where no tools are offered now", async () => {
    const messages = [
      { role: "assistant", content: "", toolCalls: [{ id: "1", ...ulm }] },
      { role: "tool", toolCallId: "1", content: "rain" },
    ] as const;
    const { client, requests } = clientOf(servers["shows tools"], "Bye.");
    await client.chat({ messages });
    expect(requests[0]?.messages).toEqual(messages);
    const { client: other, requests: sent } = clientOf(servers["shows none"], "Bye.");
    await other.chat({ messages });
    expect(sent[0]?.messages.map(({ role }) => role)).toEqual(["assistant", "user"]);
  });
});

describe("a call that is forced by a schema", () => {
  const forced = servers["shows tools"];

  test("streams its arguments as they come, and no text", async () => {
    const { client } = clientOf(forced, asList);
    const stream = client.stream({ messages: "Hi", tools, toolChoice: "required" });
    const events: ModelEvent[] = [];
    for await (const event of stream) events.push(event);
    const deltas = events.filter((event) => event.type === "tool-call-delta");
    expect(deltas.length).toBeGreaterThan(2);
    expect(deltas[0]).toMatchObject({ index: 0, id: expect.stringMatching(/^call_/), name: "weather" });
    expect(deltas.map((delta) => delta.arguments).join("")).toBe(ulm.arguments);
    expect(events.filter(({ type }) => type === "text-delta")).toEqual([]);
    expect(await stream.result).toMatchObject({ text: "", toolCalls: [ulm], finishReason: "tool-calls" });
  });

  test("is one of the tool that was named, and may be several where any will do", async () => {
    const one = clientOf(forced, asList);
    await one.chat({ toolChoice: { name: "weather" } });
    const several = clientOf(
      forced,
      `{"calls":[{"arguments":{"city":"Ulm"},"name":"weather"},{"name":"clock","arguments":{}}]}`,
    );
    const { toolCalls } = await several.chat({ toolChoice: "required" });
    expect(toolCalls).toMatchObject([ulm, { name: "clock", arguments: "{}" }]);
    expect(new Set(toolCalls.map(({ id }) => id)).size).toBe(2);
    const schemaOf = ({ requests }: typeof one): unknown => {
      const format = requests[0]?.responseFormat;
      return format?.type === "json-schema" ? format.schema["properties"] : undefined;
    };
    const call = (name: string, args: object) => ({
      type: "object",
      properties: { name: { const: name }, arguments: args },
      required: ["name", "arguments"],
      additionalProperties: false,
    });
    expect(schemaOf(one)).toEqual({ calls: { type: "array", items: call("weather", city), minItems: 1, maxItems: 1 } });
    expect(schemaOf(several)).toEqual({
      calls: {
        type: "array",
        items: { anyOf: [call("weather", city), call("clock", { type: "object" })] },
        minItems: 1,
        maxItems: 8,
      },
    });
  });

  test("keeps what a schema refers to in reach", async () => {
    const tree = {
      type: "object",
      properties: { below: { $ref: "#" }, leaf: { $ref: "#/$defs/leaf" } },
      $defs: { leaf: { const: { $ref: "#" } } },
    };
    const { chat, requests } = clientOf(forced, '{"calls":[{"name":"tree","arguments":{}}]}');
    await chat({ tools: [{ name: "tree", parameters: tree }], toolChoice: "required" });
    expect(requests[0]?.responseFormat).toMatchObject({
      schema: {
        properties: { calls: { items: { properties: { arguments: { $ref: "#/$defs/tree" } } } } },
        $defs: {
          tree: {
            properties: { below: { $ref: "#/$defs/tree" }, leaf: { $ref: "#/$defs/tree/$defs/leaf" } },
            $defs: { leaf: { const: { $ref: "#" } } },
          },
        },
      },
    });
  });

  test.each<[string, string, "stop" | "length", string]>([
    ["prose", "It is sunny.", "stop", "tool"],
    ["an object of another kind", '{"answer": "sunny"}', "stop", "tool"],
    ["no call at all", '{"calls": []}', "stop", "tool"],
    ["an unknown tool", '{"calls": [{"name": "rm", "arguments": {}}]}', "stop", "tool"],
    ["arguments that are no JSON", '{"calls": [{"name": "clock", "arguments": {a}}]}', "stop", "tool"],
    ["prose after the calls", `${asList} So.`, "stop", "tool"],
    ["calls cut by the token limit", asList.slice(0, -12), "length", "output-limit"],
    ["prose cut by the token limit", "It is", "length", "output-limit"],
  ])("is an error where the answer is %s, with the text that came", async (_, answer, reason, code) => {
    const { chat } = clientOf(forced, answer, reason);
    const error = await failureOf(chat({ toolChoice: "required" }));
    expect(error.code).toBe(code);
    expect(answer.startsWith(error.partial?.text ?? "nothing")).toBe(true);
    expect(error.partial?.text.length).toBeGreaterThan(0);
  });
});

describe("a call that the server forces", () => {
  test.each<[string, string | ModelEvent, "stop" | "length", string]>([
    ["prose", "It is sunny.", "stop", "tool"],
    ["a tool that was not named", { ...nativeCall, name: "clock" }, "stop", "tool"],
    ["cut by the token limit", { ...nativeCall, arguments: '{"ci' }, "length", "output-limit"],
  ])("is an error where it is %s", async (_, answer, reason, code) => {
    const { chat } = clientOf({}, answer, reason);
    expect((await failureOf(chat({ toolChoice: { name: "weather" } }))).code).toBe(code);
  });

  test("has the arguments that came of one that was cut", async () => {
    const { chat } = clientOf({}, { ...nativeCall, arguments: '{"ci' }, "length");
    expect((await failureOf(chat({ toolChoice: "required" }))).partial?.text).toBe('{"ci');
  });

  test("is an error where one of the answers has none", async () => {
    const { chat } = clientOf({}, nativeCall, "stop", 2);
    expect((await failureOf(chat({ toolChoice: "required", n: 2 }))).code).toBe("tool");
  });
});

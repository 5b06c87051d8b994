import { describe, expect, test } from "vitest";
import { z } from "zod";

import { parseToolCalls } from "../../../src/client/tools/parse-tool-calls.ts";
import { tool, type ToolOptions } from "../../../src/client/tools/typed-tool.ts";
import type { ModelRequest } from "../../../src/core/request.ts";
import type { SchemaInput } from "../../../src/core/schema.ts";
import { answerOf, scripted, stubClient } from "../../support/canned.ts";
import { failureOf, thrownBy } from "../../support/loopback.ts";

const weather = tool({
  name: "weather",
  description: "The weather in a city.",
  parameters: z.object({ city: z.string(), days: z.number().default(1) }),
});
const clock = tool({ name: "clock", parameters: { type: "object", properties: { zone: { type: "string" } } } });
const ping = tool({ name: "ping" });
const tools = [weather, clock, ping] as const;

/** The calls of a result, with the arguments as the model wrote them. */
const calling = (name: string, text: string) => ({
  text: "Let me see.",
  toolCalls: [{ id: "c1", name, arguments: text }],
});

describe("tool()", () => {
  test.each<[string, object, string]>([
    ["no name", {}, "tool: name: expected text, got a undefined."],
    ["a name of words", { name: "get weather" }, "tool: name: expected 1 to 64 letters, digits, _ and -."],
    ["a misspelt option", { name: "f", timeout: 1 }, 'tool: unknown option "timeout".'],
    [
      "arguments that are no object",
      { name: "f", parameters: z.string() },
      "f.parameters: the arguments of a tool are",
    ],
    [
      "a schema that cannot be said",
      { name: "f", parameters: z.object({ at: z.date() }) },
      "f.parameters.properties.at: ",
    ],
    [
      "a time limit of 0",
      { name: "f", timeoutMs: 0 },
      "f.timeoutMs: expected a number from 1 up to 2147483647, got 0.",
    ],
    ["a function that is none", { name: "f", execute: "f" }, "f.execute: expected a function, got a string."],
  ])("%s is refused", (_, options, message) => {
    const error = thrownBy(() => tool(options as ToolOptions<string, SchemaInput>));
    expect(error.code).toBe("invalid-request");
    expect(error.message).toContain(message);
  });

  test("goes beside plain definitions, and reaches the provider as one", async () => {
    const requests: ModelRequest[] = [];
    const client = stubClient((request, context) => {
      requests.push(request);
      return scripted(answerOf("a"))(request, context);
    });
    await client.chat({ messages: "Hi", tools: [weather, ping, { name: "plain" }] });
    expect(requests[0]).toHaveProperty("tools", [
      { name: "weather", description: "The weather in a city.", parameters: weather.parameters },
      { name: "ping" },
      { name: "plain" },
    ]);
  });
});

describe("parseToolCalls()", () => {
  test.each<[string, string, string, unknown]>([
    ["defaults filled in", "weather", '{"city":"Ulm"}', { city: "Ulm", days: 1 }],
    ["arguments alone in a list", "weather", '[{"city":"Ulm","days":2}]', { city: "Ulm", days: 2 }],
    ["no text", "clock", "", {}],
    ["blanks", "ping", " \n", {}],
    ["any object where no schema is", "ping", '{"a":1}', { a: 1 }],
    ["constructor as a name like another", "ping", '{"constructor":"Ford"}', { constructor: "Ford" }],
  ])("%s", async (_, name, text, expected) => {
    expect(await parseToolCalls(calling(name, text), tools)).toEqual([{ id: "c1", name, arguments: expected }]);
  });

  test("keys that would reach a prototype are dropped", async () => {
    const text =
      '{"a":{"\\u005f_proto__":{"bad":1},"b":2},"__proto__":{"bad":1},"constructor":{"prototype":{"bad":1}}}';
    const [call] = await parseToolCalls(calling("ping", text), tools);
    expect(JSON.stringify(call?.arguments)).toBe('{"a":{"b":2}}');
    expect(Object.assign({}, call?.arguments)).not.toHaveProperty("bad");
  });

  test.each<[string, string, string, string]>([
    ["a wrong type", "weather", '{"city":7}', "The call of weather does not fit: city: "],
    ["a wrong type by JSON Schema", "clock", '{"zone":7}', "The call of clock does not fit: zone: "],
    ["text that was cut", "weather", '{"city":"U', "The call of weather does not fit: the arguments are not JSON."],
    ["a list of two", "ping", "[{},{}]", "The call of ping does not fit: the arguments are no JSON object."],
    ["null", "ping", "null", "The call of ping does not fit: the arguments are no JSON object."],
    ["a bottomless value", "ping", "[".repeat(100_000) + "]".repeat(100_000), "the arguments are nested too deep."],
  ])("%s is an error with the issues and the raw text", async (_, name, text, message) => {
    const error = await failureOf(parseToolCalls(calling(name, text), tools));
    expect(error.code).toBe("tool");
    expect(error.message).toContain(message);
    expect(error.issues).toHaveLength(1);
    expect(error.partial).toEqual({ reasoning: "", ...calling(name, text) });
  });

  test("an unknown tool is an error with the names there are", async () => {
    const error = await failureOf(parseToolCalls(calling("toString", "{}"), tools));
    expect(error.message).toBe('There is no tool "toString". Tools: weather, clock, ping.');
    expect(error.code).toBe("tool");
  });
});

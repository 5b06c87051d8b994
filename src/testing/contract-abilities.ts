import { ask, chatRequest, whereDescribed, type Reply } from "./contract-ask.ts";
import type { ContractCase, Runner } from "./contract-case.ts";

const parameters = {
  type: "object",
  properties: { city: { type: "string", enum: ["Paris", "Oslo"] } },
  required: ["city"],
};
/** What a model may be offered. */
export const tools = [
  { name: "get_time", description: "The time in a city", parameters },
  { name: "get_weather", description: "The weather in a city", parameters },
];

/** What an answer may have to fit. */
export const schema = {
  type: "object",
  properties: { city: { type: "string", enum: ["Paris", "Oslo"] }, large: { type: "boolean" } },
  required: ["city", "large"],
  additionalProperties: false,
};

/** The text of an answer that fits it. */
export const fitting = /^\s*\{\s*"city"\s*:\s*"(Paris|Oslo)"\s*,\s*"large"\s*:\s*(true|false)\s*\}\s*$/;

/** What a model must have been made for, or a server started for. */
export const abilityCases: readonly ContractCase[] = [
  {
    name: "fits its answer to a JSON schema",
    about: "structuredOutput",
    run(subject, expect) {
      const responseFormat = { type: "json-schema", schema } as const;
      const request = chatRequest(subject, "Tell me about a city.", { maxTokens: 60 }, { responseFormat });
      return whereDescribed(subject, "structuredOutput", expect, request, ({ text }) => {
        expect(text, "the answer does not fit the schema").toMatch(fitting);
      });
    },
  },
  {
    name: "calls a tool when it must",
    about: "tools",
    run(subject, expect) {
      const fields = { tools, toolChoice: "required" } as const;
      const request = chatRequest(subject, "What is the weather in Paris?", { maxTokens: 100 }, fields);
      return whereDescribed(subject, "tools", expect, request, (reply) =>
        calling(reply, ["get_time", "get_weather"], expect),
      );
    },
  },
  {
    name: "calls the tool that it was told to, of two",
    about: "tools",
    run(subject, expect) {
      const fields = { tools, toolChoice: { name: "get_weather" } };
      const request = chatRequest(subject, "What is the weather in Paris?", { maxTokens: 100 }, fields);
      return whereDescribed(subject, "tools", expect, request, (reply) => calling(reply, ["get_weather"], expect));
    },
  },
  {
    name: "shows the model the tools that it may call",
    about: "tools",
    async run(subject, expect) {
      const { finish } = await ask(subject.provider(), chatRequest(subject, "Say hello."));
      const without = finish?.usage?.inputTokens ?? 0;
      return whereDescribed(subject, "tools", expect, chatRequest(subject, "Say hello.", {}, { tools }), (reply) =>
        (reply.finish?.usage?.inputTokens ?? 0) > without ? "shown" : "dropped in silence",
      );
    },
  },
  {
    name: "keeps what the model thinks apart from its answer",
    about: "reasoning",
    run(subject, expect) {
      const prompt = "Repeat exactly: <think>I think</think>Hello";
      const request = chatRequest(subject, prompt, { maxTokens: 24 }, { reasoning: true });
      return whereDescribed(subject, "reasoning", expect, request, ({ choices: [choice], text }) => {
        if ((choice?.reasoning ?? "") === "") return "none came";
        expect(/<\/?think>/.test(text), "thinking is left in the text").toBe(false);
        return "apart";
      });
    },
  },
  {
    name: "sees a picture",
    about: "image",
    async run(subject, expect) {
      const text = { type: "text", text: "What is this?" } as const;
      const image = { type: "image", mediaType: "image/png", data: blackPixels } as const;
      const request = chatRequest(
        subject,
        "",
        { maxTokens: 2 },
        { messages: [{ role: "user", content: [text, image] }] },
      );
      return whereDescribed(subject, "image", expect, request, ({ finish }) => {
        expect(finish?.finishReasons.length).toBe(1);
      });
    },
  },
];

/** 8 by 8 of them. */
const blackPixels = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAADElEQVR42mNgGB4AAADIAAGTvaWOAAAAAElFTkSuQmCC";

/** A call is whole and one of those; prose must not look like one, so that the client can refuse it (`tool`). */
function calling(reply: Reply, names: readonly string[], expect: Runner["expect"]): string {
  const { toolCalls = [], finishReason } = reply.choices[0] ?? {};
  expect(finishReason === "tool-calls", "the finish reason says otherwise").toBe(toolCalls.length > 0);
  for (const { name, arguments: text } of toolCalls) {
    expect(names).toContain(name);
    expect(typeof JSON.parse(text)).toBe("object");
  }
  return toolCalls.length > 0 ? "a call" : "prose, refused as `tool`";
}

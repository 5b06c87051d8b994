import { describe, expect, test } from "vitest";

import { createClient } from "../../src/client/client.ts";
import { no, yes, type Capabilities } from "../../src/core/capability.ts";
import type { Provider } from "../../src/core/provider.ts";
import type { ModelRequest } from "../../src/core/request.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { answerOf, canned, json, scripted, stubProvider } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

/** A client of a model that thinks and has these capabilities beside, and what was sent. */
function thinking(more: Partial<Capabilities>) {
  const sent: ModelRequest[] = [];
  const provider: Provider = stubProvider((request, context) => {
    sent.push(request);
    return scripted(answerOf("fine"))(request, context);
  });
  const capabilities = { ...provider.capabilities, reasoning: yes("a stub"), ...more };
  const describing = () => Promise.resolve({ id: "m", aliases: [], capabilities });
  return { client: createClient({ provider: { ...provider, describe: describing }, maxRetries: 0 }), sent };
}

describe("what the model cannot do", () => {
  test("a budget is refused with the evidence, and nothing is sent", async () => {
    const { client, sent } = thinking({ reasoningBudget: no("it has none", "Ask otherwise.") });
    const error = await failureOf(client.chat({ messages: "Hi", reasoning: { maxTokens: 8 } }));
    expect(error).toMatchObject({ code: "unsupported", hint: "Ask otherwise." });
    expect(error.message).toContain("(reasoningBudget): it has none");
    expect(sent).toEqual([]);
  });

  test("a degree is thinking without one, with a warning", async () => {
    const { client, sent } = thinking({ reasoningEffort: no("it knows none") });
    const result = await client.chat({ messages: "Hi", reasoning: "low" });
    expect(sent).toMatchObject([{ reasoning: true }]);
    expect(result.warnings).toMatchObject([{ option: "reasoning" }]);
    expect(result.warnings[0]?.message).toContain("it knows none");
  });

  test("what it can do is sent as it is, without a warning", async () => {
    const { client, sent } = thinking({ reasoningEffort: yes("it does"), reasoningBudget: yes("it does") });
    for (const reasoning of ["low", { maxTokens: 8 }] as const) {
      expect((await client.chat({ messages: "Hi", reasoning })).warnings).toEqual([]);
    }
    expect(sent).toMatchObject([{ reasoning: "low" }, { reasoning: { maxTokens: 8 } }]);
  });

  test.each([{ maxTokens: 0 }, { maxTokens: 1.5 }, {}, { maxTokens: 1, tokens: 1 }, null, "much"])(
    "%o is no thinking that can be asked for",
    async (reasoning) => {
      const { client } = thinking({});
      const error = await failureOf(client.chat({ messages: "Hi", reasoning: reasoning as never }));
      expect(error.code).toBe("invalid-request");
      expect(error.message).toContain("reasoning");
    },
  );
});

const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] } as const;
const thought = 'I could say {"city": "Rome"}.';
const answer = '{"city":"Paris"}';
const text = `<think>\n${thought}\n</think>\n\n${answer}`;
const everyCut = Array.from({ length: text.length - 1 }, (_, at) => [text.slice(0, at + 1), text.slice(at + 1)]);

const event = (choice: object): string => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`;
const line = (fields: object): string => `${JSON.stringify({ model: "m", ...fields })}\n`;

/** Providers whose server leaves the thinking in the text, and sends it in these pieces. */
const leaving: readonly (readonly [name: string, make: (pieces: readonly string[]) => Provider])[] = [
  [
    "the OpenAI protocol",
    (pieces) =>
      openaiCompatible({
        baseURL: "http://model.example",
        transport: canned({
          body: [
            ...pieces.map((content) => event({ delta: { content } })),
            event({ delta: {}, finish_reason: "stop" }),
            "data: [DONE]\n\n",
          ],
        }),
      }),
  ],
  [
    "Ollama",
    (pieces) =>
      ollama({
        transport: canned({
          headers: { "content-type": "application/x-ndjson" },
          body: [
            ...pieces.map((content) => line({ message: { role: "assistant", content }, done: false })),
            line({ message: { role: "assistant", content: "" }, done: true, done_reason: "stop" }),
          ],
        }),
      }),
  ],
];

describe.each(leaving)("thinking before an answer, through %s", (_, make) => {
  test("is no part of its JSON, wherever the stream is cut", async () => {
    for (const pieces of [[text], text.split(""), ...everyCut]) {
      const client = createClient({ provider: make(pieces), model: "m" });
      const stream = client.stream({ messages: "Which city?", output: schema });
      const partials: unknown[] = [];
      for await (const partial of stream.partials) partials.push(partial);
      const result = await stream.result;
      expect([result.output, result.text, result.reasoning]).toEqual([{ city: "Paris" }, answer, thought]);
      expect(JSON.stringify(partials)).not.toContain("Rome");
    }
  });
});

test("thinking before a tool call is no part of its arguments, wherever the stream is cut", async () => {
  const whole = `<think>\n${thought}\n</think>\n\n`;
  for (const at of Array.from({ length: whole.length }, (_, index) => index)) {
    const call = (fields: object) => event({ delta: { tool_calls: [{ index: 0, ...fields }] } });
    const body = [
      event({ delta: { content: whole.slice(0, at) } }),
      event({ delta: { content: whole.slice(at) } }),
      call({ id: "c", type: "function", function: { name: "f", arguments: answer.slice(0, 5) } }),
      call({ function: { arguments: answer.slice(5) } }),
      event({ delta: {}, finish_reason: "tool_calls" }),
      "data: [DONE]\n\n",
    ];
    const transport = canned(json({ data: [{ id: "m" }] }), { body });
    const provider = openaiCompatible({ baseURL: "http://model.example", transport });
    const client = createClient({ provider, model: "m" });
    const result = await client.stream({ messages: "Hi", tools: [{ name: "f", parameters: schema }] }).result;
    expect(result.toolCalls).toEqual([{ id: "c", name: "f", arguments: answer }]);
    expect([result.text, result.reasoning]).toEqual(["", thought]);
  }
});

import { isInhouseError } from "../core/error.ts";
import type { Message } from "../core/message.ts";
import { fitting, schema, tools } from "./contract-abilities.ts";
import { ask, chatRequest, codeOf, whereDescribed } from "./contract-ask.ts";
import type { ContractCase } from "./contract-case.ts";

const responseFormat = { type: "json-schema", schema } as const;

/** A conversation in which a tool was called. */
const called: readonly Message[] = [
  { role: "user", content: "What is the weather in Paris?" },
  {
    role: "assistant",
    content: "",
    toolCalls: [{ id: "call_1", name: "get_weather", arguments: '{"city":"Paris"}' }],
  },
  { role: "tool", toolCallId: "call_1", content: "Sunny, 21 degrees." },
];

/** What tools and a form of the answer have to do with each other. */
export const outputCases: readonly ContractCase[] = [
  {
    name: "fits its answer to a JSON schema after a tool's result",
    about: "structuredOutput",
    run(subject, expect) {
      const request = chatRequest(subject, "", { maxTokens: 60 }, { messages: called, responseFormat });
      return whereDescribed(subject, "structuredOutput", expect, request, ({ text, choices: [choice] }) => {
        const { reasoning = "", finishReason } = choice ?? {};
        if (text === "" && reasoning !== "" && finishReason === "length") return "cut while it thought";
        expect(text, "the answer does not fit the schema").toMatch(fitting);
        return "yes";
      });
    },
  },
  {
    // What comes of it differs so much that the client asks twice.
    name: "takes tools and a form of the answer in one call, or refuses them",
    about: "tools",
    async run(subject, expect) {
      const provider = subject.provider();
      const { capabilities } = await provider.describe(subject.model);
      if (capabilities.tools.supported === "no") {
        await provider.close();
        return "`unsupported`";
      }
      const request = chatRequest(subject, "Tell me about a city.", { maxTokens: 60 }, { tools, responseFormat });
      try {
        const { text, choices } = await ask(provider, request);
        if ((choices[0]?.toolCalls.length ?? 0) > 0) return "a call";
        return fitting.test(text) ? "the form holds" : "neither call nor form";
      } catch (error) {
        if (!isInhouseError(error)) throw error;
        expect(["unsupported", "invalid-request", "empty-reply"], codeOf(error)).toContain(error.code);
        return codeOf(error);
      }
    },
  },
];

import { yes, type Capabilities } from "../../src/core/capability.ts";
import type { ModelEvent } from "../../src/core/event.ts";
import type { ChatRequest } from "../../src/core/request.ts";
import { fitting } from "../../src/testing/fake-schema.ts";
import { memory, type MemoryProvider } from "../../src/testing/memory.ts";

/**
 * A model that does at once what it is asked for: it calls every tool that it is shown, answers in the form that it is held
 * to, and talks where there is neither, or where a tool has answered. It sees and hears.
 */
export function obedientModel(said = "It is warm in Graz."): MemoryProvider {
  const provider = memory({ reply: (request) => (request.kind === "chat" ? answer(request, said) : undefined) });
  const able = (known: Capabilities): Capabilities => ({
    ...known,
    ...Object.fromEntries(
      (["structuredOutput", "choice", "forcedTools", "image", "audio"] as const).map((name) => [name, yes("a test")]),
    ),
  });
  const capabilities = able(provider.capabilities);
  return {
    ...provider,
    capabilities,
    get running() {
      return provider.running;
    },
    describe: async (model) => ({ ...(await provider.describe(model)), capabilities }),
  };
}

function answer(
  { messages, tools = [], toolChoice, responseFormat }: ChatRequest,
  said: string,
): readonly ModelEvent[] {
  const usage = { inputTokens: 20, outputTokens: 6, cachedInputTokens: 8, reasoningTokens: 2 };
  const end = (finishReason: "stop" | "tool-calls"): ModelEvent => ({
    type: "finish",
    finishReasons: [finishReason],
    model: "memory",
    usage,
  });
  const wanted = tools.filter(({ name }) => typeof toolChoice !== "object" || toolChoice.name === name);
  if (wanted.length > 0 && toolChoice !== "none" && messages.at(-1)?.role !== "tool") {
    const calls = wanted.flatMap(({ name, parameters }, index): ModelEvent[] => {
      const text = fitting(parameters);
      const half = text.length >> 1;
      const of = { choice: 0, index };
      return [
        { type: "tool-call-delta", ...of, id: `call-${index}`, name, arguments: text.slice(0, half) },
        { type: "tool-call-delta", ...of, arguments: text.slice(half) },
        { type: "tool-call", ...of, id: `call-${index}`, name, arguments: text },
      ];
    });
    return [{ type: "start" }, ...calls, end("tool-calls")];
  }
  const text = responseFormat ? formed(responseFormat) : said;
  const words = text.match(/\S+\s*|\s+/g) ?? [];
  return [
    { type: "start" },
    ...words.map((word): ModelEvent => ({ type: "text-delta", choice: 0, text: word })),
    end("stop"),
  ];
}

function formed(format: NonNullable<ChatRequest["responseFormat"]>): string {
  switch (format.type) {
    case "json-schema":
      return fitting(format.schema);
    case "choice":
      return format.options[0] ?? "";
    default:
      return "{}";
  }
}

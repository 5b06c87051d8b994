/**
 * Tools: the model calls them, runTools() executes them and tells it what came of it, until it answers with a value.
 *
 *     npx tsx examples/tools.ts
 *
 * It works whatever the chat template of the model knows: where it has no tools, as that of the quickstart's small model, they are
 * described in the prompt, and a warning says so.
 */
import { createClient, isInhouseError, tool } from "inhouse";
import { llamacpp } from "inhouse/llamacpp";
import { z } from "zod";

const baseURL = process.env["INHOUSE_LLAMACPP_URL"] ?? "http://127.0.0.1:8080";
await using client = createClient({ provider: llamacpp({ baseURL }) });

const celsius: Readonly<Record<string, number>> = { Ulm: 21, Bonn: 17 };
const weather = tool({
  name: "weather",
  description: "The weather in a city now.",
  parameters: z.object({ city: z.enum(["Ulm", "Bonn"]) }),
  timeoutMs: 5_000,
  execute: ({ city }) => ({ city, celsius: celsius[city] }),
});

try {
  const result = await client.runTools({
    messages: "Is it warmer in Ulm or in Bonn?",
    tools: [weather],
    output: z.object({ warmer: z.enum(["Ulm", "Bonn"]) }),
    maxSteps: 5,
    maxTokens: 200,
    temperature: 0,
    onStep({ outcomes }) {
      for (const { name, arguments: args, content } of outcomes)
        console.log(`${name}(${JSON.stringify(args)}): ${content}`);
    },
  });
  console.log(result.endedBy === "answer" ? `> It is warmer in ${result.output.warmer}.` : `> ${result.text}`);
  console.log(`${result.endedBy} after ${result.steps.length} steps, ${result.usage?.outputTokens} tokens written`);
} catch (error) {
  if (!isInhouseError(error)) throw error;
  console.log(`${error.code}: ${error.message}\n${error.hint}`);
}

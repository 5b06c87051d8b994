/**
 * The Vercel AI SDK on a model of your own: `streamText()` with a tool, then an object that the server is held to.
 *
 *     npx tsx examples/ai-sdk.ts "Is it warmer in Graz or in Oslo?"
 *
 * The first step must call the tool, so that a small model does.
 */
import { generateText, isStepCount, NoObjectGeneratedError, Output, streamText, tool } from "ai";
import { createClient } from "inhouse";
import { createInhouse } from "inhouse/ai-sdk";
import { llamacpp } from "inhouse/llamacpp";
import { z } from "zod";

const baseURL = process.env["INHOUSE_LLAMACPP_URL"] ?? "http://127.0.0.1:8080";
await using client = createClient({ provider: llamacpp({ baseURL }) });
const inhouse = createInhouse({ client });

const weather = tool({
  description: "Tells how warm it is in a city.",
  inputSchema: z.object({ city: z.enum(["Graz", "Oslo"]) }),
  execute: ({ city }) => ({ city, celsius: city === "Graz" ? 21 : 4 }),
});

const result = streamText({
  model: inhouse(),
  prompt: process.argv[2] ?? "Is it warmer in Graz or in Oslo?",
  tools: { weather },
  stopWhen: isStepCount(2),
  prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? { type: "tool", toolName: "weather" } : "none" }),
  maxOutputTokens: 80,
  temperature: 0,
});
for await (const part of result.stream) {
  if (part.type === "tool-call") console.log(`weather(${JSON.stringify(part.input)})`);
  if (part.type === "tool-result") console.log(`= ${JSON.stringify(part.output)}`);
  if (part.type === "text-delta") process.stdout.write(part.text);
  if (part.type === "error") console.log(part.error);
}
console.log(`\n${(await result.totalUsage).outputTokens} tokens written`);

try {
  const { output } = await generateText({
    model: inhouse(),
    prompt: "Anna Weber, 42, lives in Graz.",
    output: Output.object({ schema: z.object({ age: z.number().int(), city: z.enum(["Graz", "Oslo"]) }) }),
    maxOutputTokens: 80,
    temperature: 0,
  });
  console.log(`${output.age}, ${output.city}`);
} catch (error) {
  if (!NoObjectGeneratedError.isInstance(error)) throw error;
  console.log(`no object: ${error.text}`);
}

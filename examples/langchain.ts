/**
 * LangChain on a model of your own: a tool is called and answered, then an object that the server is held to, then a stream.
 *
 *     npx tsx examples/langchain.ts "Is it warmer in Graz or in Oslo?"
 *
 * The first step must call the tool, so that a small model does.
 */
import { HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { createClient, isInhouseError } from "inhouse";
import { ChatInhouse } from "inhouse/langchain";
import { llamacpp } from "inhouse/llamacpp";
import { z } from "zod";

const baseURL = process.env["INHOUSE_LLAMACPP_URL"] ?? "http://127.0.0.1:8080";
await using client = createClient({ provider: llamacpp({ baseURL }) });
const model = new ChatInhouse({ client, temperature: 0, maxTokens: 80 });

const weather = tool(({ city }) => `${city === "Graz" ? 21 : 4} degrees`, {
  name: "weather",
  description: "Tells how warm it is in a city.",
  schema: z.object({ city: z.enum(["Graz", "Oslo"]) }),
});

const question = new HumanMessage(process.argv[2] ?? "Is it warmer in Graz or in Oslo?");
const called = await model.bindTools([weather], { tool_choice: "weather" }).invoke([question]);
for (const call of called.tool_calls ?? []) {
  const result = await weather.invoke({ ...call, type: "tool_call" });
  console.log(`${call.name}(${JSON.stringify(call.args)}) = ${result.text}`);

  const stream = await model.bindTools([weather], { tool_choice: "none" }).stream([question, called, result]);
  for await (const { text } of stream) process.stdout.write(text);
}

try {
  const person = z.object({ age: z.number().int(), city: z.enum(["Graz", "Oslo"]) });
  const { age, city } = await model.withStructuredOutput(person).invoke("Anna Weber, 42, lives in Graz.");
  console.log(`\n${age}, ${city}`);
} catch (error) {
  if (!isInhouseError(error)) throw error;
  console.log(`\nno object: ${error.message}`);
}

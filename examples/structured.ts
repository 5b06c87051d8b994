/**
 * Reads an order out of a text, and shows it while the model writes it.
 *
 *     npx tsx examples/structured.ts
 */
import { createClient, isInhouseError } from "inhouse";
import { llamacpp } from "inhouse/llamacpp";
import { z } from "zod";

const Order = z.object({
  urgent: z.boolean(),
  colour: z.enum(["red", "green", "blue"]),
  items: z.array(z.object({ article: z.enum(["chair", "table", "lamp"]), count: z.number().int() })).max(2),
});

const baseURL = process.env["INHOUSE_LLAMACPP_URL"] ?? "http://127.0.0.1:8080";
await using client = createClient({ provider: llamacpp({ baseURL }) });

try {
  const stream = client.stream({
    messages: "Write down the order: three red chairs and a lamp, please, by tomorrow!",
    output: Order,
    maxTokens: 200,
  });
  for await (const order of stream.partials) console.log(JSON.stringify(order));
  const { output } = await stream.result;
  console.log(`${output.items.length} articles, ${output.colour}${output.urgent ? ", urgent" : ""}`);
} catch (error) {
  if (!isInhouseError(error) || (error.code !== "schema" && error.code !== "output-limit")) throw error;
  console.log(`no order (${error.code}): ${error.message}`);
}

/**
 * Finds the sentence that is nearest in meaning to a question. Needs a server that embeds:
 *
 *     llama-server -m MODEL.gguf --embeddings --pooling mean
 *     npx tsx examples/semantic-search.ts "Where do cats sleep?"
 */
import { createClient } from "inhouse";
import { llamacpp } from "inhouse/llamacpp";

const baseURL = process.env["INHOUSE_LLAMACPP_URL"] ?? "http://127.0.0.1:8080";
await using client = createClient({ provider: llamacpp({ baseURL }) });

const question = process.argv[2] ?? "Where do cats sleep?";
const sentences = [
  "The invoice is due within thirty days.",
  "Our cat sleeps on the warm windowsill.",
  "The harbour was closed because of the storm.",
  "Please restart the server after the update.",
];

const { embeddings, usage } = await client.embed({ input: [question, ...sentences] });
const [asked = [], ...vectors] = embeddings;
const ranked = sentences
  .map((sentence, index) => ({ sentence, likeness: cosine(asked, vectors[index] ?? []) }))
  .toSorted((a, b) => b.likeness - a.likeness);

for (const { sentence, likeness } of ranked) console.log(`${likeness.toFixed(3)}  ${sentence}`);
console.log(`${embeddings.length} vectors of ${asked.length} numbers from ${usage?.inputTokens} tokens`);

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  return dot / (Math.hypot(...a) * Math.hypot(...b));
}

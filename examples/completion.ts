/**
 * Continues a text without a chat template, twice, with the log probabilities of the tokens.
 *
 *     npx tsx examples/completion.ts
 */
import { createClient } from "inhouse";
import { llamacpp } from "inhouse/llamacpp";

const baseURL = process.env["INHOUSE_LLAMACPP_URL"] ?? "http://127.0.0.1:8080";
await using client = createClient({ provider: llamacpp({ baseURL }) });

const { choices } = await client.complete({
  prompt: "The capital of France is",
  maxTokens: 8,
  n: 2,
  seed: 7,
  temperature: 0.8,
  minP: 0.05,
  logprobs: true,
});
for (const { text, logprobs } of choices) {
  const likelihood = Math.exp(logprobs.reduce((sum, { logprob }) => sum + logprob, 0));
  console.log(`The capital of France is${text.replaceAll("\n", " ")}   (likelihood ${likelihood.toExponential(1)})`);
}

/**
 * Prints an answer as it is generated, and stops it after two seconds at the latest.
 *
 *     npx tsx examples/stream.ts
 */
import { createClient, isInhouseError } from "inhouse";
import { llamacpp } from "inhouse/llamacpp";

const baseURL = process.env["INHOUSE_LLAMACPP_URL"] ?? "http://127.0.0.1:8080";
await using client = createClient({ provider: llamacpp({ baseURL }) });

try {
  const stream = client.stream({
    messages: "Tell me a story about a lighthouse.",
    maxTokens: 200,
    timeout: { totalMs: 2_000 },
  });
  for await (const event of stream) {
    if (event.type === "text-delta") process.stdout.write(event.text);
    if (event.type === "progress" && event.phase === "waiting") console.error(`(waiting since ${event.silentMs} ms)`);
  }
  const { finishReason, timings } = await stream.result;
  console.log(`\nended by ${finishReason}, first token after ${timings.firstTokenMs?.toFixed(0)} ms`);
} catch (error) {
  if (!isInhouseError(error) || error.phase !== "total") throw error;
  console.log(`\nstopped: ${error.message} ${error.partial?.text.length ?? 0} characters had come.`);
}

/**
 * Shows inhouse at work on a real model: uses the llama-server that runs on this machine, or prepares one.
 *
 *     npm install && npm run quickstart
 */
import { createClient, isInhouseError } from "inhouse";
import { llamacpp } from "inhouse/llamacpp";

import { findServers, startLlamaServer, Unavailable, type RunningServer } from "./servers/index.ts";

const say = (line: string): void => console.log(`\u001B[2m${line}\u001B[0m`);
const seconds = (ms: number | undefined): string => `${((ms ?? 0) / 1000).toFixed(2)} s`;

async function quickstart(): Promise<void> {
  const [found] = await findServers({ names: ["llama-server"] });
  const own: RunningServer | undefined = found ? undefined : await startLlamaServer({ onProgress: say });
  const baseURL = found?.url ?? own?.url ?? "";
  try {
    await show(baseURL);
  } finally {
    await own?.stop();
  }
}

async function show(baseURL: string): Promise<void> {
  await using client = createClient({ provider: llamacpp({ baseURL }) });
  await client.waitUntilReady();
  const [first] = await client.models();
  const model = first?.id ?? "";
  const { contextLength, quantization } = await client.describe(model);
  say(
    `llama-server at ${baseURL}: ${model}, ${quantization ?? "quantization unknown"}, context ${contextLength ?? "unknown"}`,
  );

  console.log("\n> Why do people keep their data in the house? Answer in two sentences.\n");
  const stream = client.stream({
    model,
    messages: "Why do people keep their data in the house? Answer in two sentences.",
    maxTokens: 120,
    temperature: 0.7,
  });
  for await (const text of stream.text) process.stdout.write(text);
  const chat = await stream.result;
  console.log("\n");
  say(
    `chat: ${chat.usage?.inputTokens ?? 0} tokens read, ${chat.usage?.outputTokens ?? 0} written; ` +
      `first token after ${seconds(chat.timings.firstTokenMs)}, ${chat.timings.tokensPerSecond?.toFixed(0) ?? "?"} tokens per second, ` +
      `${seconds(chat.timings.totalMs)} in all`,
  );

  const { tokens, timings } = await client.tokenize({ model, text: chat.text });
  say(`tokenize: the answer again has ${tokens.length} tokens, counted by the server in ${seconds(timings.totalMs)}`);
  const completion = await client.complete({
    model,
    prompt: "The three primary colours are",
    maxTokens: 12,
    temperature: 0,
  });
  say(
    `complete: "The three primary colours are${completion.text.trimEnd()} …" in ${seconds(completion.timings.totalMs)}`,
  );
}

try {
  await quickstart();
} catch (error) {
  if (isInhouseError(error)) console.error(`${error.message}\n${error.hint}`);
  else if (error instanceof Unavailable) console.error(error.message);
  else throw error;
  process.exitCode = 1;
}

/**
 * Shows inhouse at work on a real model: uses a llama-server, an Ollama or a vLLM that runs on this machine, or prepares
 * a llama-server.
 *
 *     npm install && npm run quickstart
 */
import { connect, isInhouseError, type ConnectedClient } from "inhouse";

import { findServers, startLlamaServer, Unavailable } from "./servers/index.ts";

const say = (line: string): void => console.log(`\u001B[2m${line}\u001B[0m`);
const seconds = (ms: number | undefined): string => `${((ms ?? 0) / 1000).toFixed(2)} s`;

/** A client of the first server here whose model chats. */
async function clientOfRunning(): Promise<ConnectedClient | undefined> {
  for (const { url } of await findServers()) {
    const client = await connect(url, { env: {} });
    if (chatModel(client) !== undefined) return client;
    say(`${client.server.title} at ${url} has no model that chats`);
    await client.close();
  }
  return undefined;
}

function chatModel({ server }: ConnectedClient): string | undefined {
  return server.models.find(({ capabilities }) => capabilities.chat.supported !== "no")?.id;
}

async function quickstart(): Promise<void> {
  const running = await clientOfRunning();
  if (running) {
    await using client = running;
    return await show(client);
  }
  await using server = await startLlamaServer({ onProgress: say });
  await using client = await connect(server.url, { env: {} });
  return await show(client);
}

async function show(client: ConnectedClient): Promise<void> {
  const { title, version = "", baseURL } = client.server;
  const model = chatModel(client) ?? "";
  const { capabilities, contextLength, quantization } = (await client.capabilities(model)).model;
  const window = contextLength === undefined ? "context unknown" : `context ${contextLength}`;
  say(`${title} ${version} at ${baseURL}: ${model}, ${quantization ?? "quantization unknown"}, ${window}`);

  console.log("\n> Why do people keep their data in the house? Answer in two sentences.\n");
  const stream = client.stream({
    model,
    messages: "Why do people keep their data in the house? Answer in two sentences.",
    maxTokens: 120,
    temperature: 0.7,
    ...(capabilities.reasoningSwitch.supported === "yes" ? { reasoning: false } : {}),
  });
  for await (const text of stream.text) process.stdout.write(text);
  const chat = await stream.result;
  console.log("\n");
  say(
    `chat: ${chat.usage?.inputTokens ?? 0} tokens read, ${chat.usage?.outputTokens ?? 0} written; ` +
      `first token after ${seconds(chat.timings.firstTokenMs)}, ${chat.timings.tokensPerSecond?.toFixed(0) ?? "?"} tokens per second, ` +
      `${seconds(chat.timings.totalMs)} in all`,
  );

  const prompt = "The three primary colours are";
  const completion = await client.complete({ model, prompt, maxTokens: 12, temperature: 0 });
  say(`complete: "${prompt}${completion.text.trimEnd()} …" in ${seconds(completion.timings.totalMs)}`);
  if (capabilities.tokenization.supported !== "yes") return;
  const { tokens, timings } = await client.tokenize({ model, text: chat.text });
  say(`tokenize: the answer again has ${tokens.length} tokens, counted by the server in ${seconds(timings.totalMs)}`);
}

try {
  await quickstart();
} catch (error) {
  if (isInhouseError(error)) console.error(`${error.message}\n${error.hint}`);
  else if (error instanceof Unavailable) console.error(error.message);
  else throw error;
  process.exitCode = 1;
}

/**
 * Pulls the plug: kills a server in the middle of its answers, shows what a program sees of that, and starts it again.
 *
 *     npx tsx examples/pull-the-plug.ts
 *
 * It starts a llama-server of its own, with two slots for four questions: two are being answered when the server dies, and
 * fail with the text that had come; two are still waiting, so they are tried again before they fail. Once the server is
 * back, on the same port and for the same client, every question is answered.
 */
import { createClient, isInhouseError, type InhouseError } from "inhouse";
import { llamacpp } from "inhouse/llamacpp";

import { startLlamaServer } from "../scripts/servers/index.ts";
import { freePort } from "../src/deploy/launch/listening-port.ts";

const port = await freePort();
const start = () => startLlamaServer({ parallel: 2, extra: { binary: ["--port", String(port)], xllamacpp: { port } } });
await using client = createClient({ provider: llamacpp({ baseURL: `http://127.0.0.1:${port}` }) });
const questions = ["What is the sea?", "What is a lighthouse?", "What is a storm?", "What is a harbour?"];

const server = await start();
const speaking = new Set<string>(); // the questions whose answers are well on their way
const failures = await Promise.all(questions.map(askAndBeCutOff));
for (const { question, error } of failures) {
  const tries = error?.attempts.map(({ code }) => code).join(", ");
  console.log(`${question} ${error?.code ?? "no error"} (tries: ${tries}), had come: ${shown(error?.partial?.text)}`);
}

let status = "";
const starting = start();
await client.waitUntilReady({
  onHealth(health) {
    if (health.status !== status) console.log(`the server is ${(status = health.status)}`);
  },
});
await using _ = await starting;
const answers = await Promise.all(questions.map((messages) => client.chat({ messages, maxTokens: 20 })));
for (const [index, { text }] of answers.entries()) console.log(`${questions[index]} ${shown(text)}`);

const cutOff = failures.filter(({ error }) => error?.partial?.text);
const triedAgain = failures.filter(({ error }) => (error?.attempts.length ?? 0) > 1);
const held = cutOff.length === 2 && triedAgain.length === 2 && answers.every(({ text }) => text !== "");
console.log(
  `${cutOff.length} cut off, ${triedAgain.length} tried again, ${answers.length} answered: ${held ? "held" : "NOT HELD"}`,
);
process.exitCode = held ? 0 : 1;

/** Streams an answer without end; when two of them are on their way, the server is killed. */
async function askAndBeCutOff(question: string): Promise<{ question: string; error?: InhouseError }> {
  let length = 0;
  try {
    for await (const text of client.stream({ messages: question, maxTokens: 1_000, ignoreEos: true }).text) {
      length += text.length;
      if (length > 20 && speaking.size < 2 && speaking.add(question).size === 2) await server.kill();
    }
    return { question };
  } catch (error) {
    if (!isInhouseError(error)) throw error;
    return { question, error };
  }
}

function shown(text = ""): string {
  return JSON.stringify(text.length > 50 ? `${text.slice(0, 50)}…` : text);
}

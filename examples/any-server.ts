/**
 * The same program on any server: connect() finds out which one answers, and what its model can do.
 *
 *     npx tsx examples/any-server.ts http://127.0.0.1:8000
 *
 * Without a URL it looks at the usual environment variables (OLLAMA_HOST, OPENAI_BASE_URL …) and ports.
 */
import { connect, formatCapabilities } from "inhouse";

await using client = await connect(process.argv[2]);
const { title, version = "of unknown version", evidence, models } = client.server;
console.log(`${title} ${version} (${evidence})`);

const model = models.find(({ capabilities }) => capabilities.chat.supported !== "no")?.id;
if (model === undefined) throw new Error("This server has no model that chats.");
console.log(formatCapabilities(await client.capabilities(model)));

const question = { model, messages: "Name three colours.", maxTokens: 40, temperature: 0 };
const stream = client.stream(question);
process.stdout.write("\n> ");
for await (const text of stream.text) process.stdout.write(text.replaceAll("\n", " "));

const { usage, finishReason, timings } = await stream.result;
console.log(
  `\n${finishReason}: ${usage?.inputTokens} tokens read, ${usage?.outputTokens} written, ` +
    `first after ${timings.firstTokenMs?.toFixed(0)} ms`,
);

/**
 * A question and an answer, then a second turn of the same conversation.
 *
 *     npx tsx examples/chat.ts
 */
import { createClient } from "inhouse";
import { llamacpp } from "inhouse/llamacpp";

const baseURL = process.env["INHOUSE_LLAMACPP_URL"] ?? "http://127.0.0.1:8080";
await using client = createClient({ provider: llamacpp({ baseURL }) });

const messages = [
  { role: "system", content: "You answer in one short sentence." },
  { role: "user", content: "Name a colour." },
] as const;
const first = await client.chat({ messages, maxTokens: 40, temperature: 0.2 });
console.log(`> ${first.text}`);

const second = await client.chat({
  messages: [...messages, first.message, { role: "user", content: "Name a thing of that colour." }],
  maxTokens: 40,
  temperature: 0.2,
});
console.log(`> ${second.text}`);
console.log(
  `${second.model}: ${second.usage?.inputTokens} tokens read, ${second.usage?.cachedInputTokens} of them from the cache`,
);

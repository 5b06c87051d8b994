/**
 * A gateway: an OpenAI API before your own model, for programs in every language, with keys, limits and a record of each request.
 *
 *     npx tsx examples/gateway.ts            asks itself once, and ends
 *     npx tsx examples/gateway.ts 8080       serves until it is stopped; the curl that it prints asks it
 */
import { createServer } from "node:http";

import { createClient } from "inhouse";
import { gateway } from "inhouse/gateway";
import { llamacpp } from "inhouse/llamacpp";

const baseURL = process.env["INHOUSE_LLAMACPP_URL"] ?? "http://127.0.0.1:8080";
const client = createClient({ provider: llamacpp({ baseURL }), concurrency: 4 });
const { node } = gateway(client, {
  keys: { docs: "key-of-the-docs-team" },
  limits: { concurrentRequests: 2, tokensPerMinute: 100_000 },
  onEnd({ caller, path, status, ended, usage, durationMs }) {
    console.log(`${caller} ${path} ${status} ${ended}, ${usage?.outputTokens} tokens, ${Math.round(durationMs)} ms`);
  },
});

const wanted = Number(process.argv[2] ?? 0);
const server = createServer((request, response) => void node(request, response));
await new Promise<void>((resolve) => server.listen(wanted, "127.0.0.1", resolve));
const address = server.address();
const url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : wanted}/v1/chat/completions`;
const headers = { authorization: "Bearer key-of-the-docs-team", "content-type": "application/json" };
const body = JSON.stringify({ messages: [{ role: "user", content: "Say hello." }], max_tokens: 20 });
console.log(
  `curl ${url} -H "authorization: ${headers.authorization}" -H "content-type: application/json" -d '${body}'`,
);

if (wanted === 0) {
  const response = await fetch(url, { method: "POST", headers, body });
  const answer = (await response.json()) as { readonly choices: readonly { readonly message: { content: string } }[] };
  console.log(`> ${answer.choices[0]?.message.content}`);
  const refused = await fetch(url, { method: "POST", headers: { ...headers, authorization: "Bearer guessed" }, body });
  console.log(refused.status, await refused.text());
  server.closeAllConnections();
  server.close();
  await client.close();
}

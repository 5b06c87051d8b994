/**
 * What the installed package must do, whichever format and version of Node it runs under.
 *
 *     node smoke.mjs import|require
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const formats = { import: (name) => import(name), require };
const load = formats[process.argv[2]];
const other = load === require ? formats.import : require;

const isUndiciLoaded = () => Object.keys(require.cache).some((path) => /[\\/]node_modules[\\/]undici[\\/]/.test(path));

/** Subpaths that need a package which is not installed here; smoke-langchain.mjs has it. */
const needs = { "./langchain": /@langchain\/core/ };

for (const subpath of Object.keys(require("inhouse/package.json").exports)) {
  if (subpath.endsWith(".json")) continue;
  if (needs[subpath]) {
    await assert.rejects(async () => load(`inhouse${subpath.slice(1)}`), needs[subpath]);
    continue;
  }
  assert.ok(Object.keys(await load(`inhouse${subpath.slice(1)}`)).length > 0, `${subpath} exports nothing`);
}
const { createClient, InhouseError, isInhouseError } = await load("inhouse");
const { llamacpp } = await load("inhouse/llamacpp");
const { ollama } = await load("inhouse/ollama");
const { openaiCompatible } = await load("inhouse/openai-compatible");
const { memory } = await load("inhouse/testing");
const { gateway } = await load("inhouse/gateway");
const { mcpTools } = await load("inhouse/mcp");

await answersFromMemory();
await sharesOneError();
await servesOthers();
assert.equal(isUndiciLoaded(), false, "undici is loaded before the first request");
await callsServer();
assert.equal(isUndiciLoaded(), true, "undici is not seen even after a request, so the check above is blind");

async function answersFromMemory() {
  const client = createClient({ provider: memory({ reply: () => "Hello there" }) });
  assert.equal((await client.chat({ messages: "Hi" })).text, "Hello there");
  let streamed = "";
  for await (const text of client.stream({ messages: "Hi" }).text) streamed += text;
  assert.equal(streamed, "Hello there");
  await client.close();
}

/** The gateway answers; tools of MCP servers need a package that is not installed here, and say so. */
async function servesOthers() {
  const { fetch } = gateway(createClient({ provider: memory({ reply: () => "Hello there" }) }), { keys: { a: "key" } });
  const headers = { authorization: "Bearer key", "content-type": "application/json" };
  const body = JSON.stringify({ messages: [{ role: "user", content: "Hi" }] });
  const url = "http://gateway/v1/chat/completions";
  const answer = await (await fetch(new Request(url, { method: "POST", headers, body }))).json();
  assert.equal(answer.choices[0].message.content, "Hello there");
  const isMissing = (error) => error instanceof InhouseError && /npm install @modelcontextprotocol/.test(error.hint);
  await assert.rejects(mcpTools({ server: { command: "notes" } }), isMissing);
}

/** One class in all subpaths, and a marker that crosses from one format to the other. */
async function sharesOneError() {
  for (const make of [createClient, llamacpp, ollama, openaiCompatible, memory]) {
    const isOurs = (error) => error instanceof InhouseError && error.code === "invalid-request";
    assert.throws(() => make({ nonsense: true }), isOurs, `${make.name} has another InhouseError`);
  }
  assert.equal(InhouseError.name, "InhouseError", "the build renamed the class");
  const foreign = (await other("inhouse")).InhouseError;
  assert.notEqual(foreign, InhouseError, "both formats are the same file");
  assert.ok(isInhouseError(new foreign("limit", "x")), "an error of the other format is not known");
}

/** The first try is refused, so that the retry, which is bundled, runs too. */
async function callsServer() {
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume();
    requests += 1;
    const choice = { index: 0, message: { role: "assistant", content: "From afar" }, finish_reason: "stop" };
    response.writeHead(requests === 1 ? 503 : 200, { "content-type": "application/json", "retry-after": "0" });
    response.end(JSON.stringify(requests === 1 ? { error: { message: "busy" } } : { model: "m", choices: [choice] }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const baseURL = `http://127.0.0.1:${server.address().port}/v1`;
  const client = createClient({ provider: openaiCompatible({ baseURL }), model: "m" });
  const { text, failedAttempts } = await client.chat({ messages: "Hi" });
  assert.deepEqual([text, failedAttempts.length, requests], ["From afar", 1, 2]);
  await client.close();
  server.close();
}

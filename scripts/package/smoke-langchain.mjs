/**
 * What inhouse/langchain must do where it is installed beside LangChain's core, whichever format and version of Node it runs
 * under.
 *
 *     node smoke-langchain.mjs import|require
 */
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const load = { import: (name) => import(name), require }[process.argv[2]];

const { createClient, isInhouseError } = await load("inhouse");
const { ChatInhouse, InhouseEmbeddings, InhouseRerank } = await load("inhouse/langchain");
const { memory } = await load("inhouse/testing");
const { BaseChatModel } = await load("@langchain/core/language_models/chat_models");
const { Document } = await load("@langchain/core/documents");
const { ContextOverflowError } = await load("@langchain/core/errors");

const client = createClient({ provider: memory() });
const model = new ChatInhouse({ client });
assert.ok(model instanceof BaseChatModel);
assert.equal(ChatInhouse.lc_name(), "ChatInhouse");
assert.equal((await model.invoke("Hello there")).text, "Hello there");
let streamed = "";
for await (const { text } of await model.stream("Hello there")) streamed += text;
assert.equal(streamed, "Hello there");
assert.equal(await model.streamEvents("Hello there").text, "Hello there");
const failure = await model.invoke("x".repeat(5_000)).then(undefined, (error) => error);
assert.ok(isInhouseError(failure) && ContextOverflowError.isInstance(failure));
assert.equal((await new InhouseEmbeddings({ client }).embedDocuments(["a", "b"])).length, 2);
const documents = [new Document({ pageContent: "sand" }), new Document({ pageContent: "snow" })];
assert.equal(
  (await new InhouseRerank({ client, topN: 1 }).compressDocuments(documents, "snow"))[0].pageContent,
  "snow",
);

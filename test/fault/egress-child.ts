/**
 * Makes one call at a server, in an environment that names proxies, and prints what came of it.
 *
 *     node --import tsx test/fault/egress-child.ts ORIGIN
 */
import { createClient } from "../../src/client/client.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";

const client = createClient({ provider: openaiCompatible({ baseURL: process.argv[2] ?? "" }), model: "m" });
const { text } = await client.chat({ messages: "Hi" });
await client.close();
process.stdout.write(JSON.stringify({ text }));

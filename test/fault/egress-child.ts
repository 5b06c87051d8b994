/**
 * Makes one call at a server, in an environment that names proxies, and prints what came of it.
 *
 *     node --import tsx test/fault/egress-child.ts ORIGIN [RULE]
 */
import { createClient } from "../../src/client/client.ts";
import { egressPolicy } from "../../src/governance/egress-policy.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";

const [, , baseURL = "", rule] = process.argv;
const policy = rule === undefined ? undefined : egressPolicy({ allow: [rule] });
const client = createClient({ provider: openaiCompatible({ baseURL, ...(policy ? { policy } : {}) }), model: "m" });
const { text } = await client.chat({ messages: "Hi" });
await client.close();
process.stdout.write(JSON.stringify({ text, report: policy?.report() }));

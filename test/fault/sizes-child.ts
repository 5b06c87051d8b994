/**
 * Calls a server that answers without end, once for each path given, and prints how the calls ended and how much memory
 * the process had at the most, over what it had before.
 *
 *     node --import tsx test/fault/sizes-child.ts ORIGIN PATH…
 */
import { createClient } from "../../src/client/client.ts";
import { isInhouseError } from "../../src/core/error.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";

/** How a call against a hostile server ended. */
export interface Ended {
  readonly path: string;
  readonly code: string;
  readonly ms: number;
  /** Growth of the largest resident size. */
  readonly peakMiB: number;
}

const [origin = "", ...paths] = process.argv.slice(2);
const largest = (): number => process.resourceUsage().maxRSS / 1024;

async function end(path: string): Promise<string> {
  const client = createClient({
    provider: openaiCompatible({ baseURL: `${origin}/${path}/v1` }),
    model: "m",
    maxRetries: 0,
  });
  const call = path.startsWith("body") ? client.chat({ messages: "Hi" }) : client.stream({ messages: "Hi" }).result;
  const code = await call.then(
    () => "none",
    (error: unknown) => (isInhouseError(error) ? error.code : String(error)),
  );
  await client.close();
  return code;
}

await end("well");
const before = largest();
const all: Ended[] = [];
for (const path of paths) {
  const startedAt = performance.now();
  const code = await end(path);
  all.push({ path, code, ms: Math.round(performance.now() - startedAt), peakMiB: Math.round(largest() - before) });
}
process.stdout.write(`${JSON.stringify(all)}\n`);

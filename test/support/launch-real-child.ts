import { launch, plan, type LaunchOptions } from "../../src/deploy.ts";
/**
 * Plans for a model on this machine, launches it, asks it something, stops it, and prints as JSON what it saw. In a process
 * of its own, so that a test can give it a system of its own. Its argument is a JSON of `RealLaunch`.
 */
import { isInhouseError } from "../../src/index.ts";

/** What is launched. */
export interface RealLaunch {
  readonly engine: string;
  readonly model: string;
  readonly options: LaunchOptions;
}

/** What came of it: the answer's model and tokens, or the error. */
export type LaunchOutcome =
  | { readonly version: string | undefined; readonly tokens: number; readonly log: string }
  | { readonly code: string; readonly message: string; readonly hint: string };

async function outcomeOf({ engine, model, options }: RealLaunch): Promise<LaunchOutcome> {
  const planned = await plan({ model, engine, context: 512, port: 0 });
  await using server = await launch(planned, options);
  const body = { model: server.model, max_tokens: 4, messages: [{ role: "user", content: "Hi" }] };
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${server.apiKey}` },
    body: JSON.stringify(body),
  });
  const { usage } = (await response.json()) as { readonly usage: { readonly completion_tokens: number } };
  return { version: server.version, tokens: usage.completion_tokens, log: server.log() };
}

const asked = JSON.parse(process.argv[2] ?? "") as RealLaunch;
const outcome = await outcomeOf(asked).catch((error: unknown): LaunchOutcome => {
  if (!isInhouseError(error)) throw error;
  const { code, message, hint } = error;
  return { code, message, hint };
});
console.log(JSON.stringify(outcome));

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";

import type { Provider } from "../../src/core/provider.ts";
import { createTransport } from "../../src/http/undici-transport.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import type { ContractSubject } from "../../src/testing/index.ts";
import type { Exchange, Recording } from "../../test/support/exchanges.ts";
import { recordingTransport } from "../../test/support/recording-transport.ts";
import type { RunningServer } from "../servers/index.ts";
import { observe, type Outcomes } from "./observe.ts";
import type { Plan, Plans } from "./plan.ts";

/** Runs a plan's cases on its server, keeps what went over the wire, and resolves with what was seen, by provider. */
export async function recordPlan(
  { folder, title, provider }: Plans,
  { name, about, apiKey, model: named, idle }: Plan,
  server: RunningServer,
): Promise<Readonly<Record<string, Outcomes>>> {
  const { url, version } = server;
  const model = named ?? server.model;
  const exchanges: Exchange[] = [];
  const keyed = (key: string | undefined) => (key === undefined ? {} : { apiKey: key });
  const recorded = (key?: string) => () =>
    provider({ baseURL: url, transport: recordingTransport(createTransport(), exchanges), ...keyed(key) });
  const compatible = (key?: string) => () => openaiCompatible({ baseURL: `${url}/v1`, ...keyed(key) });
  const subject = (connect: (key?: string) => ContractSubject["provider"], asked: string): ContractSubject => ({
    provider: connect(apiKey),
    model: asked,
    ...(about === undefined ? {} : { supports: { [about]: "yes" } }),
    ...(idle === undefined ? {} : { idle: () => idle(server) }),
    ...(apiKey === undefined ? {} : { withWrongKey: connect("wrong-key") }),
  });
  const throughCompatible = await observe(subject(compatible, await listedAs(model, compatible(apiKey)())), {
    about,
    strict: false,
  });
  const throughOwn = await observe(
    {
      ...subject(recorded, model),
      unreachable: () => provider({ baseURL: "http://127.0.0.1:1", ...keyed(apiKey) }),
      // The last case, after which the server is gone; nobody could replay it, so it is not recorded.
      crashing: async () => ({ provider: provider({ baseURL: url, ...keyed(apiKey) }), crash: () => server.kill() }),
    },
    { about, strict: true },
  );
  assert.ok(exchanges.length > 0);
  const recording: Recording = { server: title, version, model, exchanges: withoutRepetitions(exchanges) };
  const place = new URL(`../../test/fixtures/${folder}-${version}/`, import.meta.url);
  mkdirSync(place, { recursive: true });
  writeFileSync(new URL(`${name}.json`, place), `${withoutPaths(JSON.stringify(recording, undefined, 1))}\n`);
  console.log(`${folder}, ${name}: ${exchanges.length} exchanges with ${title} ${version}`);
  return { [folder]: throughOwn, "openai-compatible": throughCompatible };
}

/** The name under which a server lists a model: Ollama's `/v1/models` knows no short ones. */
async function listedAs(model: string, provider: Provider): Promise<string> {
  const models = await provider.models();
  await provider.close();
  return models.find(({ id }) => id.startsWith(`${model}:`))?.id ?? model;
}

/** A replay gives the last reply to a request over and over: what was answered the same way need not be kept twice. */
function withoutRepetitions(exchanges: readonly Exchange[]): readonly Exchange[] {
  const last = new Map<string, string>();
  return exchanges.filter(({ method, path, digest, status, chunks }) => {
    const [asked, answered] = [`${method} ${path} ${digest}`, `${status} ${chunks.join("")}`];
    const repeated = last.get(asked) === answered;
    last.set(asked, answered);
    return !repeated;
  });
}

/** Whose machine it was is nobody's business. */
function withoutPaths(text: string): string {
  return text
    .replaceAll(/(\\"(?:model_path|root)\\":\\")[^"]*\//g, "$1")
    .replaceAll(/(\\\\nFROM )\/[^\\]*\/(?=blobs\/)/g, "$1");
}

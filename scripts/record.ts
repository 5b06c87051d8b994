/**
 * Records test/fixtures from real servers: runs the provider contract against each and keeps what goes over the wire.
 *
 *     npm run record                    all servers
 *     npm run record -- ollama          one of them
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";

import { createTransport } from "../src/http/undici-transport.ts";
import { contractCases, type ContractSubject } from "../src/testing/index.ts";
import { contractExpect } from "../test/support/contract-expect.ts";
import type { Exchange, Recording } from "../test/support/exchanges.ts";
import { recordingTransport } from "../test/support/recording-transport.ts";
import { llamacppPlans } from "./recording/llamacpp-plans.ts";
import { ollamaPlans } from "./recording/ollama-plans.ts";
import type { Plan, Plans } from "./recording/plan.ts";
import { vllmPlans } from "./recording/vllm-plans.ts";
import { Unavailable } from "./servers/index.ts";

const wanted = process.argv.slice(2);

for (const server of [llamacppPlans, ollamaPlans, vllmPlans]) {
  if (wanted.length > 0 && !wanted.includes(server.folder)) continue;
  for (const plan of server.plans) await record(server, plan);
}

async function record({ folder, title, provider }: Plans, { name, about, apiKey, ...plan }: Plan): Promise<void> {
  const server = await plan.start().catch((error: unknown) => {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`${folder}, ${name}: not recorded: ${error.message}`);
  });
  if (!server) return;
  const { version } = server;
  const model = plan.model ?? server.model;
  const exchanges: Exchange[] = [];
  const connect = (key: string | undefined) => () =>
    provider({
      baseURL: server.url,
      transport: recordingTransport(createTransport(), exchanges),
      ...(key === undefined ? {} : { apiKey: key }),
    });
  const subject: ContractSubject = {
    provider: connect(apiKey),
    model,
    ...(about === undefined ? {} : { supports: { [about]: "yes" } }),
    idle: () => Promise.resolve(),
    ...(apiKey === undefined ? {} : { withWrongKey: connect("wrong-key") }),
  };
  try {
    for (const contractCase of contractCases) {
      if (about !== undefined && contractCase.about !== about) continue;
      if (contractCase.needs !== undefined && subject[contractCase.needs] === undefined) continue;
      await contractCase.run(subject, contractExpect);
    }
  } finally {
    await server.stop();
  }
  assert.ok(exchanges.length > 0);
  const recording: Recording = { server: title, version, model, exchanges: withoutRepetitions(exchanges) };
  const place = new URL(`../test/fixtures/${folder}-${version}/`, import.meta.url);
  mkdirSync(place, { recursive: true });
  writeFileSync(new URL(`${name}.json`, place), `${withoutPaths(JSON.stringify(recording, undefined, 1))}\n`);
  console.log(`${folder}, ${name}: ${exchanges.length} exchanges with ${title} ${version}`);
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

/**
 * Records test/fixtures from real servers: runs the provider contract against each and keeps what goes over the wire.
 *
 *     npm run record
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";

import type { CapabilityName } from "../src/core/capability.ts";
import { createTransport } from "../src/http/undici-transport.ts";
import { llamacpp } from "../src/providers/llamacpp/index.ts";
import { contractCases, type ContractSubject } from "../src/testing/index.ts";
import { contractExpect } from "../test/support/contract-expect.ts";
import type { Exchange, Recording } from "../test/support/exchanges.ts";
import { recordingTransport } from "../test/support/recording-transport.ts";
import { startLlamaServer, Unavailable, type LlamaServerOptions } from "./servers/index.ts";

/** What is recorded: a server, and the cases that it can show (all, or those about one capability). */
interface Plan {
  readonly name: string;
  readonly server: LlamaServerOptions;
  readonly about?: CapabilityName;
}

const infillTokens = { pre: 3, suf: 4, mid: 5 }; // any tokens will do: SmolLM2 has none of its own
const plans: readonly Plan[] = [
  { name: "chat", server: { apiKey: "right-key" } },
  { name: "embedding", server: { embeddings: true }, about: "embedding" },
  { name: "rerank", server: { reranking: true }, about: "rerank" },
  {
    name: "infill",
    server: {
      kvOverrides: Object.fromEntries(
        Object.entries(infillTokens).map(([name, id]) => [`tokenizer.ggml.fim_${name}_token_id`, `int:${id}`]),
      ),
    },
    about: "infill",
  },
];

for (const plan of plans) await record(plan);

async function record({ name, server: options, about }: Plan): Promise<void> {
  const server = await startLlamaServer({ server: about === "infill" ? undefined : "xllamacpp", ...options }).catch(
    (error: unknown) => {
      if (!(error instanceof Unavailable)) throw error;
      console.log(`${name}: not recorded: ${error.message}`);
    },
  );
  if (!server) return;
  const exchanges: Exchange[] = [];
  const connect = (apiKey: string | undefined) => () =>
    llamacpp({
      baseURL: server.url,
      transport: recordingTransport(createTransport(), exchanges),
      ...(apiKey === undefined ? {} : { apiKey }),
    });
  const subject: ContractSubject = {
    provider: connect(options.apiKey),
    model: server.model,
    ...(about === undefined ? {} : { supports: { [about]: "yes" } }),
    idle: () => Promise.resolve(),
    withWrongKey: connect("wrong-key"),
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
  const recording: Recording = { server: "llama-server", version: server.version, model: server.model, exchanges };
  const folder = new URL(`../test/fixtures/llamacpp-${server.version}/`, import.meta.url);
  mkdirSync(folder, { recursive: true });
  const text = JSON.stringify(recording, undefined, 1).replaceAll(/(\\"model_path\\":\\")[^"]*\//g, "$1"); // whose machine it was
  writeFileSync(new URL(`${name}.json`, folder), `${text}\n`);
  console.log(`${name}: ${exchanges.length} exchanges with llama-server ${server.version}`);
}

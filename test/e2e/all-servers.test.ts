import { afterAll, expect, inject, test } from "vitest";

import { startLlamaServer } from "../../scripts/servers/index.ts";
import { connect } from "../../src/connect.ts";
import { runExample } from "../support/run-example.ts";
import { servedHere } from "../support/served-here.ts";

const started: { stop(): Promise<void> }[] = [];
afterAll(async () => void (await Promise.all(started.map((server) => server.stop()))));

type Environment = Readonly<Record<string, string>>;

/** Each server as its user would name it in the environment, or why it is not here. */
const servers: readonly [title: string, find: () => Promise<Environment | string>][] = [
  [
    "llama-server",
    async () => {
      const server = await startLlamaServer();
      started.push(server);
      return { LLAMA_ARG_HOST: "127.0.0.1", LLAMA_ARG_PORT: new URL(server.url).port };
    },
  ],
  [
    "Ollama",
    async () => {
      const server = inject("ollama");
      return "unavailable" in server ? server.unavailable : { OLLAMA_HOST: server.url };
    },
  ],
  [
    "vLLM",
    async () => {
      const server = inject("vllm");
      if ("unavailable" in server) return server.unavailable;
      return { VLLM_BASE_URL: server.url, VLLM_API_KEY: server.apiKey };
    },
  ],
];
const found = await Promise.all(servedHere(servers).map(async ([title, find]) => [title, await find()] as const));

test.for(found)("examples/any-server.ts runs unchanged on %s", async ([title, env], { skip }) => {
  if (typeof env === "string") return skip(env);
  const { code, stdout, stderr } = await runExample("any-server.ts", [], env);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^${title} [\\w.-]+ \\(GET /`));
  expect(stdout).toMatch(/\n(stop|length): \d+ tokens read, \d+ written, first after \d+ ms\n$/);
});

test.for(found)("connect() tells %s by its URL alone, with what its models can do", async ([title, env], { skip }) => {
  if (typeof env === "string") return skip(env);
  await using client = await connect(undefined, { env });
  expect(client.server.title).toBe(title);
  expect(client.server.version).toMatch(/\d/);
  expect(client.server.models.length).toBeGreaterThan(0);
  const model = client.server.models[0]?.id ?? "";
  const { model: info } = await client.capabilities(model);
  for (const { evidence } of Object.values(info.capabilities)) expect(evidence).not.toBe("");
});

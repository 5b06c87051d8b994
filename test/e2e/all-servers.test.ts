import { afterAll, expect, inject, test } from "vitest";

import { startLlamaServer } from "../../scripts/servers/index.ts";
import { connect, type ConnectOptions } from "../../src/connect.ts";
import { runExample } from "../support/run-example.ts";

const ollama = inject("ollama");
const vllm = inject("vllm");
const llamacpp = await startLlamaServer();
afterAll(() => llamacpp.stop());

/** Each server as its user would name it in the environment, or why it is not here. */
const servers: readonly [title: string, env: ConnectOptions["env"], unavailable?: string][] = [
  ["llama-server", { LLAMA_ARG_HOST: "127.0.0.1", LLAMA_ARG_PORT: new URL(llamacpp.url).port }],
  "unavailable" in ollama ? ["Ollama", {}, ollama.unavailable] : ["Ollama", { OLLAMA_HOST: ollama.url }],
  "unavailable" in vllm
    ? ["vLLM", {}, vllm.unavailable]
    : ["vLLM", { VLLM_BASE_URL: vllm.url, VLLM_API_KEY: vllm.apiKey }],
];

test.for(servers)("examples/any-server.ts runs unchanged on %s", async ([title, env = {}, why], { skip }) => {
  if (why !== undefined) return skip(why);
  const { code, stdout, stderr } = await runExample("any-server.ts", [], env as Record<string, string>);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^${title} [\\w.-]+ \\(GET /`));
  expect(stdout).toMatch(/\n(stop|length): \d+ tokens read, \d+ written, first after \d+ ms\n$/);
});

test.for(servers)(
  "connect() tells %s by its URL alone, with what its models can do",
  async ([title, env, why], ctx) => {
    if (why !== undefined) return ctx.skip(why);
    await using client = await connect(undefined, { env: env ?? {} });
    expect(client.server.title).toBe(title);
    expect(client.server.version).toMatch(/\d/);
    expect(client.server.models.length).toBeGreaterThan(0);
    const model = client.server.models[0]?.id ?? "";
    const { model: info } = await client.capabilities(model);
    for (const { evidence } of Object.values(info.capabilities)) expect(evidence).not.toBe("");
  },
);

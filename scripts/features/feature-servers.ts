import type { SchemaSupport } from "../../src/core/schema-support.ts";
import { llamacppSchemaSupport } from "../../src/providers/llamacpp/llamacpp-schema-support.ts";
import { ollamaSchemaSupport } from "../../src/providers/ollama/ollama-schema-support.ts";
import { vllmSchemaSupport } from "../../src/providers/vllm/vllm-schema-support.ts";
import { type RunningServer, startLlamaServer, startOllama, startVllm } from "../servers/index.ts";
import type { Ask } from "./feature-outcome.ts";

/** A server, and how it is asked without this library between. */
export interface FeatureServer {
  readonly name: string;
  readonly title: string;
  readonly support: SchemaSupport;
  start(): Promise<RunningServer>;
  ask(server: RunningServer): Ask;
}

const maxTokens = 60;

const openai =
  ({ url, model }: RunningServer): Ask =>
  async (schema, prompt, temperature, seed) => {
    const reply = await post(`${url}/v1/chat/completions`, {
      model,
      messages: [{ role: "user", content: prompt }],
      response_format: { type: "json_schema", json_schema: { name: "answer", schema, strict: true } },
      max_tokens: maxTokens,
      temperature,
      seed,
    });
    const { choices } = (reply ?? {}) as {
      readonly choices?: readonly { readonly message: { readonly content: string } }[];
    };
    return reply === undefined ? undefined : (choices?.[0]?.message.content ?? "");
  };

const native =
  ({ url, model }: RunningServer): Ask =>
  async (schema, prompt, temperature, seed) => {
    const reply = await post(`${url}/api/chat`, {
      model,
      messages: [{ role: "user", content: prompt }],
      format: schema,
      stream: false,
      options: { num_predict: maxTokens, temperature, seed },
    });
    const { message } = (reply ?? {}) as { readonly message?: { readonly content: string } };
    return reply === undefined ? undefined : (message?.content ?? "");
  };

export const featureServers: readonly FeatureServer[] = [
  {
    name: "llamacpp",
    title: "llama-server",
    support: llamacppSchemaSupport,
    start: () => startLlamaServer({}),
    ask: openai,
  },
  { name: "ollama", title: "Ollama", support: ollamaSchemaSupport, start: () => startOllama({}), ask: native },
  { name: "vllm", title: "vLLM", support: vllmSchemaSupport, start: () => startVllm({}), ask: openai },
];

async function post(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return response.ok ? (JSON.parse(text) as unknown) : undefined;
}

import { parseArgs } from "node:util";

import type { LlamaServerOptions, OllamaModel, OllamaOptions, VllmModel, VllmOptions } from "./index.ts";

export const VLLM_MODELS: readonly VllmModel[] = ["chat", "embedding", "classification", "vision", "speech"];
export const OLLAMA_MODELS: readonly OllamaModel[] = ["chat", "tools", "thinking", "embedding", "vision"];

const { positionals: given, values } = parseArgs({
  allowPositionals: true,
  options: {
    embeddings: { type: "boolean" },
    reranking: { type: "boolean" },
    "api-key": { type: "string" },
    alias: { type: "string" },
    model: { type: "string" },
    "context-length": { type: "string" },
    parallel: { type: "string" },
    "chat-template-file": { type: "string" },
    server: { type: "string" },
    models: { type: "string" },
    store: { type: "string" },
    lora: { type: "boolean" },
    "dev-mode": { type: "boolean" },
  },
});

/** What stands on the command line without a name: the command, the server, and what is meant for it. */
export const positionals: readonly string[] = given;

export function llamaServerOptions(): LlamaServerOptions {
  return {
    contextLength: numberOf(values["context-length"]),
    parallel: numberOf(values.parallel),
    embeddings: values.embeddings,
    reranking: values.reranking,
    apiKey: values["api-key"],
    alias: values.alias,
    modelPath: values.model,
    chatTemplateFile: values["chat-template-file"],
    server: values.server,
  };
}

export function ollamaOptions(): OllamaOptions {
  const models = values.models?.split(",").map((name) => oneOf(OLLAMA_MODELS, name));
  const store = values.store === undefined ? undefined : oneOf(["shared", "own"], values.store);
  return { store, ...(models === undefined ? {} : { models }) };
}

export function vllmOptions(): VllmOptions {
  return {
    model: values.model === undefined ? undefined : oneOf(VLLM_MODELS, values.model),
    apiKey: values["api-key"],
    lora: values.lora,
    devMode: values["dev-mode"],
    args: positionals.slice(2),
  };
}

function numberOf(value: string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

function oneOf<T extends string>(choices: readonly T[], value: string): T {
  const chosen = choices.find((choice) => choice === value);
  if (chosen === undefined) throw new Error(`${value} is none of ${choices.join(", ")}.`);
  return chosen;
}

import { unknown, type Capabilities } from "../../core/capability.ts";
import { cleanText } from "../../core/clean-text.ts";
import { InhouseError } from "../../core/error.ts";
import type { ModelInfo } from "../../core/provider.ts";
import { askJson, type Endpoint } from "../../http/endpoint.ts";
import { arrayOf, isObject, numberOf, objectOf, stringOf, type JsonObject } from "../../http/json.ts";

const untold = unknown("GET /models does not tell");

/** What the protocol itself tells about a model: nothing. */
export const openaiCapabilities: Capabilities = {
  chat: untold,
  completion: untold,
  infill: untold,
  embedding: untold,
  rerank: untold,
  classification: { supported: "no", evidence: "the OpenAI protocol has no classifiers" },
  transcription: untold,
  tokenization: { supported: "no", evidence: "the OpenAI protocol has no tokenizer" },
  tools: untold,
  forcedTools: untold,
  reasoning: untold,
  reasoningSwitch: untold,
  reasoningEffort: untold,
  reasoningBudget: { supported: "no", evidence: "the OpenAI protocol has no budget for thinking" },
  structuredOutput: untold,
  choice: untold,
  regex: untold,
  grammar: { supported: "no", evidence: "the OpenAI protocol has no grammar" },
  logprobs: untold,
  image: untold,
  audio: untold,
  video: untold,
};

/** The entries of the model list as sent. */
export async function listModels(
  endpoint: Endpoint,
  path: string,
  signal?: AbortSignal,
): Promise<readonly JsonObject[]> {
  const reply = objectOf(await askJson(endpoint, { method: "GET", path, signal, timeouts: introspection }));
  if (!Array.isArray(reply["data"])) {
    throw new InhouseError("protocol", `${endpoint.origin}${endpoint.prefix}${path} sent no list of models.`, {
      provider: endpoint.provider,
    });
  }
  return arrayOf(reply["data"]).filter(isObject);
}

/** A model as its entry in the list tells. */
export function modelInfoOf(entry: JsonObject, capabilities: Capabilities): ModelInfo {
  const contextLength = numberOf(entry["max_model_len"]) ?? numberOf(entry["context_length"]);
  return {
    id: stringOf(entry["id"]) ?? "",
    aliases: arrayOf(entry["aliases"]).filter((alias) => typeof alias === "string"),
    ...(contextLength === undefined ? {} : { contextLength }),
    capabilities,
  };
}

/** The model of that name or alias; without a name, the only one. Rejects with `not-found` and the names there are. */
export function findModel(models: readonly ModelInfo[], name: string | undefined, provider: string): ModelInfo {
  const known = models.map(({ id }) => id).join(", ");
  if (name === undefined) {
    const [only] = models;
    if (only && models.length === 1) return only;
    throw new InhouseError("invalid-request", `${provider} serves ${models.length} models: name one.`, {
      provider,
      hint: cleanText(`Models: ${known || "none"}.`, 400),
    });
  }
  const found = models.find(({ id, aliases }) => id === name || aliases.includes(name));
  if (found) return found;
  throw new InhouseError("not-found", `${provider} has no model "${cleanText(name, 100)}".`, {
    provider,
    model: name,
    hint: cleanText(`Models: ${known || "none"}.`, 400),
  });
}

/** Limits of a question that a server answers at once if it answers at all. */
export const introspection = { connectMs: 5_000, headersMs: 10_000, idleMs: 10_000 } as const;

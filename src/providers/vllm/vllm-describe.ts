import type { Capabilities } from "../../core/capability.ts";
import type { ModelInfo } from "../../core/provider.ts";
import { numberOf, stringOf, type JsonObject } from "../../http/json.ts";
import { modelInfoOf } from "../openai-compatible/openai-models.ts";

/**
 * The models of `GET /v1/models`. vLLM serves one, under each of its names: the first one is its id, the others are
 * aliases. A LoRA adapter is a model of its own, with the window of the model that it adapts.
 */
export function vllmModels(entries: readonly JsonObject[], capabilities: Capabilities): readonly ModelInfo[] {
  const bases = entries.filter((entry) => stringOf(entry["parent"]) === undefined);
  const adapters = entries.filter((entry) => !bases.includes(entry));
  const [first, ...others] = bases.map((entry) => modelInfoOf(entry, capabilities));
  const base = first ? [{ ...first, aliases: others.map(({ id }) => id) }] : [];
  const contextLength = numberOf(bases[0]?.["max_model_len"]);
  const window = contextLength === undefined ? {} : { contextLength };
  return [...base, ...adapters.map((entry) => ({ ...window, ...modelInfoOf(entry, capabilities) }))];
}

import { no, unknown, yes, type Capability } from "../../core/capability.ts";
import type { ModelInfo } from "../../core/provider.ts";
import { numberOf, numbersOf, objectOf, stringOf, type JsonObject } from "../../http/json.ts";
import { capabilitiesOf } from "./ollama-capabilities.ts";

/** A model as `GET /api/tags` tells of it. The context in force is no matter of the list. */
export function ollamaModelInfo(entry: JsonObject): ModelInfo {
  const id = stringOf(entry["name"]) ?? stringOf(entry["model"]) ?? "";
  const details = objectOf(entry["details"]);
  const quantization = stringOf(details["quantization_level"]);
  return {
    id,
    aliases: aliasesOf(id),
    ...numbersOf(entry, { sizeBytes: "size" }),
    ...numbersOf(details, { trainedContextLength: "context_length", embeddingLength: "embedding_length" }),
    ...(quantization ? { quantization } : {}),
    capabilities: capabilitiesOf(entry["capabilities"], "GET /api/tags"),
  };
}

/** `smol` means `smol:latest`, and names of Ollama's own registry may be written in full. */
function aliasesOf(id: string): readonly string[] {
  const short = id.endsWith(":latest") ? [id.slice(0, -":latest".length)] : [];
  const names = [id, ...short];
  return [...short, ...(id.includes("/") ? [] : names.map((name) => `library/${name}`))];
}

/** Adds what `POST /api/show` tells, and of the context the part in force: of the loaded model, else of its parameters. */
export function withShow(info: ModelInfo, show: JsonObject, loaded: JsonObject | undefined): ModelInfo {
  const model = objectOf(show["model_info"]);
  const architecture = stringOf(model["general.architecture"]) ?? "";
  const contextLength = numberOf(loaded?.["context_length"]) ?? contextParameter(show["parameters"]);
  return {
    ...info,
    ...(contextLength ? { contextLength } : {}),
    ...numbersOf(model, {
      trainedContextLength: `${architecture}.context_length`,
      embeddingLength: `${architecture}.embedding_length`,
      parameterCount: "general.parameter_count",
    }),
    capabilities: { ...capabilitiesOf(show["capabilities"], "POST /api/show"), reasoningEffort: knowsDegrees(show) },
  };
}

/** `parameters` is text: a name and a value on each line. */
function contextParameter(parameters: unknown): number | undefined {
  const value = /^num_ctx\s+(\d+)$/m.exec(stringOf(parameters) ?? "")?.[1];
  return value === undefined ? undefined : Number(value);
}

/** Only a template that asks for the level knows it; some models have a renderer built into Ollama in its place. */
function knowsDegrees({ template, renderer }: JsonObject): Capability {
  const text = stringOf(template) ?? "";
  if (text.includes(".ThinkLevel")) return yes("POST /api/show: the template has .ThinkLevel");
  if (text === "" || renderer) return unknown("POST /api/show: no template tells");
  return no("POST /api/show: the template has no .ThinkLevel");
}

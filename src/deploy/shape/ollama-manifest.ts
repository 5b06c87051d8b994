import { InhouseError } from "../../core/error.ts";
import { readGgufModel, type OpenSource } from "./gguf-model.ts";
import { isRecord, listAt, textAt, type JsonRecord } from "./json-file.ts";
import { malformed } from "./malformed.ts";
import { jsonOf, textFileOf, type ModelFolder } from "./model-folder.ts";
import { chatTemplateOf, type ModelShape } from "./model-shape.ts";

const kinds = {
  adapter: "application/vnd.ollama.image.adapter",
  license: "application/vnd.ollama.image.license",
  model: "application/vnd.ollama.image.model",
  projector: "application/vnd.ollama.image.projector",
  template: "application/vnd.ollama.image.template",
} as const;

/**
 * Reads the shape of a model in Ollama's own store (`~/.ollama/models`): the name leads to a manifest, the manifest to
 * blobs, of which only what stands before the tensors' data is read. A name is written as for `ollama run`. Rejects with
 * `not-found` where the store has no such model, `unsupported` for a model of Ollama's own safetensors layers.
 */
export async function readOllamaModel(
  store: ModelFolder,
  model: string,
  open: OpenSource,
  signal?: AbortSignal,
): Promise<ModelShape> {
  const manifest = await jsonOf(store, `manifests/${manifestPath(model)}`, signal);
  if (!manifest) {
    throw new InhouseError("not-found", `The store ${store.name} has no model "${model}".`, {
      hint: "`ollama list` shows what there is; OLLAMA_MODELS names another store.",
    });
  }
  const layers = (listAt(manifest, "layers") ?? []).filter(isRecord);
  const files = blobsOf(layers, kinds.model, model);
  const [weights] = files;
  if (weights === undefined) {
    throw new InhouseError("unsupported", `"${model}" has no GGUF file in Ollama's store.`, {
      hint: "It runs in Ollama's cloud, or is stored as safetensors: read it from where it came.",
    });
  }
  const [projector] = blobsOf(layers, kinds.projector, model);
  const pathOf = (blob: string): string => `${store.name.replace(/\/+$/, "")}/${blob}`;
  const shape = await readGgufModel(pathOf(weights), open, {
    ...(projector === undefined ? {} : { projector: pathOf(projector) }),
    ...(signal ? { signal } : {}),
  });
  const template = await firstText(store, blobsOf(layers, kinds.template, model), signal);
  const licence = await firstText(store, blobsOf(layers, kinds.license, model), signal);
  return {
    ...shape,
    name: model,
    ...(template === undefined ? {} : { chatTemplate: ollamaTemplate(template) }),
    ...(shape.licence === undefined && licence !== undefined ? { licence: firstLine(licence) } : {}),
  };
}

/** `host/namespace/model/tag`, with Ollama's defaults. */
function manifestPath(model: string): string {
  const [, before = "", name = "", tag = "latest"] = /^((?:[\w.:-]+\/)*)([\w.-]+)(?::([\w.-]+))?$/.exec(model) ?? [];
  const parents = before.split("/").filter((part) => part !== "");
  if (name === "" || [...parents, name, tag].some((part) => /^\.+$/.test(part)) || parents.length > 2) {
    throw new InhouseError("invalid-request", `"${model}" is not the name of a model in Ollama.`, {
      hint: "Write it as for `ollama run`: llama3.2, or hf.co/name/repository:Q4_K_M.",
    });
  }
  const [host = "registry.ollama.ai", namespace = "library"] = parents.length === 1 ? [undefined, parents[0]] : parents;
  return [host, namespace, name, tag].join("/");
}

function blobsOf(layers: readonly JsonRecord[], kind: string, model: string): readonly string[] {
  const digests = layers.filter((layer) => layer["mediaType"] === kind).map((layer) => textAt(layer, "digest") ?? "");
  return digests.map((digest) => {
    if (!/^sha256[:-][0-9a-f]{64}$/.test(digest))
      throw malformed(`the manifest of "${model}"`, "a layer has no digest");
    return `blobs/${digest.replace(":", "-")}`;
  });
}

async function firstText(
  store: ModelFolder,
  [blob]: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  return blob === undefined ? undefined : await textFileOf(store, blob, signal);
}

/** Ollama's templates are Go's, and say the same by other words. */
const ollamaTemplate = (text: string): ReturnType<typeof chatTemplateOf> => ({
  tools: /\.Tools\b/.test(text) || chatTemplateOf(text).tools,
  reasoning: /\.(Think|ThinkLevel|Thinking)\b/.test(text) || chatTemplateOf(text).reasoning,
});

const firstLine = (text: string): string => (text.trimStart().split("\n")[0] ?? "").trim().slice(0, 100);

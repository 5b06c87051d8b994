import { InhouseError } from "../../core/error.ts";
import { checkpointQuantization } from "./checkpoint-quantization.ts";
import { configShape } from "./config-shape.ts";
import { isRecord, listAt, recordAt, textAt, type JsonRecord } from "./json-file.ts";
import { malformed } from "./malformed.ts";
import { configOfParams } from "./mistral-params.ts";
import { jsonOf, textFileOf, using, type ModelFolder } from "./model-folder.ts";
import { chatTemplateOf, type ModelShape } from "./model-shape.ts";
import { readSafetensors, type SafetensorsFile } from "./safetensors.ts";

/** Files whose descriptions are read at once. */
const atOnce = 8;
const maxShards = 2_000;

/**
 * Reads the shape of a model in a folder of safetensors: `config.json` or Mistral's `params.json`, the index, what says
 * how it is quantized, and of each shard what stands before the data. Rejects with `invalid-request` where the folder
 * holds no model, an adapter, or a damaged file, and with `not-found` where a shard is missing.
 */
export async function readSafetensorsModel(folder: ModelFolder, signal?: AbortSignal): Promise<ModelShape> {
  const [told, params, modelOpt, adapter] = await Promise.all([
    jsonOf(folder, "config.json", signal),
    jsonOf(folder, "params.json", signal),
    jsonOf(folder, "hf_quant_config.json", signal),
    jsonOf(folder, "adapter_config.json", signal),
  ]);
  const config = told ?? (params ? configOfParams(params) : undefined);
  if (!config) {
    throw new InhouseError("invalid-request", `${folder.name} has neither a config.json nor a params.json.`, {
      hint: adapter
        ? "It is an adapter: read it with readAdapter()."
        : "Name the folder that holds the model's files, or the GGUF file itself.",
    });
  }
  const shards = await readShards(folder, signal);
  const tensors = shards.flatMap((shard) => shard.tensors);
  const quantization = checkpointQuantization(
    { config, ...(modelOpt ? { modelOpt } : {}), ...(params ? { params } : {}) },
    tensors,
  );
  const [template, licence] = await Promise.all([templateOf(folder, signal), licenceOf(folder, signal)]);
  return {
    format: "safetensors",
    sources: shards.map(({ name }) => name),
    name: textAt(config, "_name_or_path") ?? folder.name.replace(/\/+$/, "").replace(/^.*\//, ""),
    ...configShape(config, tensors, quantization),
    ...(licence === undefined ? {} : { licence }),
    ...(template === undefined ? {} : { chatTemplate: chatTemplateOf(template) }),
    fileBytes: shards.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** Those that the index names, else the only one; Mistral's own files where there are no others. */
async function readShards(folder: ModelFolder, signal: AbortSignal | undefined): Promise<readonly SafetensorsFile[]> {
  for (const stem of ["model", "consolidated"]) {
    const index = await jsonOf(folder, `${stem}.safetensors.index.json`, signal);
    if (index) return await readAll(folder, shardNames(folder, index), signal);
    const only = await using(folder, `${stem}.safetensors`, (source) => readSafetensors(source, signal));
    if (only) return [only];
  }
  throw new InhouseError("invalid-request", `${folder.name} has no safetensors files.`, {
    hint: "Is the download complete? Models in other formats (.bin, .pth) are not read.",
  });
}

function shardNames(folder: ModelFolder, index: JsonRecord): readonly string[] {
  const names = [...new Set(Object.values(recordAt(index, "weight_map")))];
  // A name is put behind the folder's: it must not lead out of it.
  const fits = names.every((name): name is string => typeof name === "string" && /^[\w.-]+\.safetensors$/.test(name));
  if (!fits || names.length === 0 || names.length > maxShards) {
    throw malformed(folder.name, "its index names no safetensors files");
  }
  return names.toSorted();
}

async function readAll(
  folder: ModelFolder,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly SafetensorsFile[]> {
  const shards: SafetensorsFile[] = [];
  for (let first = 0; first < names.length; first += atOnce) {
    const batch = names.slice(first, first + atOnce).map(async (name) => {
      const shard = await using(folder, name, (source) => readSafetensors(source, signal));
      if (shard) return shard;
      throw new InhouseError("not-found", `${folder.name} lacks ${name}, which its index names.`, {
        hint: "Get the missing file: the download is not complete.",
      });
    });
    shards.push(...(await Promise.all(batch)));
  }
  return shards;
}

async function templateOf(folder: ModelFolder, signal: AbortSignal | undefined): Promise<string | undefined> {
  const own = await textFileOf(folder, "chat_template.jinja", signal);
  if (own !== undefined) return own;
  const tokenizer = (await jsonOf(folder, "tokenizer_config.json", signal)) ?? {};
  const several = listAt(tokenizer, "chat_template")?.filter(isRecord) ?? [];
  const named = several.map((entry) => textAt(entry, "template") ?? "").join("\n");
  return textAt(tokenizer, "chat_template") ?? (named === "" ? undefined : named);
}

/** The model card's `license:`. */
async function licenceOf(folder: ModelFolder, signal: AbortSignal | undefined): Promise<string | undefined> {
  const card = await textFileOf(folder, "README.md", signal);
  const [, head = ""] = /^---\r?\n([\s\S]*?)\r?\n---/.exec(card ?? "") ?? [];
  const [, licence] = /^license:\s*["']?([^"'\r\n]+?)["']?\s*$/m.exec(head) ?? [];
  return licence;
}

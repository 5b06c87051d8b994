import { InhouseError } from "../../core/error.ts";
import { targetsOf } from "./config-shape.ts";
import { textOf } from "./gguf-keys.ts";
import type { OpenSource } from "./gguf-model.ts";
import { readGguf } from "./gguf.ts";
import { numberAt, textAt } from "./json-file.ts";
import { malformed } from "./malformed.ts";
import { jsonOf, using, type ModelFolder } from "./model-folder.ts";
import { readSafetensors } from "./safetensors.ts";

/** A LoRA adapter: what it is for, and what it takes. */
export interface AdapterShape {
  readonly format: "gguf" | "safetensors";
  /** The model that it was made for, as its files name it. */
  readonly baseModel?: string;
  /** The rank of its matrices, the largest where they differ. */
  readonly rank: number;
  readonly alpha?: number;
  /** What it changes: `q_proj`, `v_proj` …, or GGUF's names. */
  readonly targets: readonly string[];
  readonly parameters: number;
  readonly weightBytes: number;
}

/** Reads a LoRA adapter of Hugging Face's kind: `adapter_config.json` and `adapter_model.safetensors`. */
export async function readAdapterFolder(folder: ModelFolder, signal?: AbortSignal): Promise<AdapterShape> {
  const config = await jsonOf(folder, "adapter_config.json", signal);
  if (!config)
    throw new InhouseError("not-found", `${folder.name} has no adapter_config.json.`, { hint: "Check the path." });
  const rank = numberAt(config, "r");
  if ((textAt(config, "peft_type") ?? "LORA") !== "LORA" || rank === undefined) {
    throw new InhouseError("unsupported", `${folder.name} is an adapter of another kind than LoRA.`, {
      hint: "Servers take LoRA adapters only.",
    });
  }
  const file = await using(folder, "adapter_model.safetensors", (source) => readSafetensors(source, signal));
  if (!file) throw malformed(folder.name, "it has no adapter_model.safetensors");
  const baseModel = textAt(config, "base_model_name_or_path");
  const alpha = numberAt(config, "lora_alpha");
  return {
    format: "safetensors",
    ...(baseModel === undefined ? {} : { baseModel }),
    rank,
    ...(alpha === undefined ? {} : { alpha }),
    targets: targetsOf(config),
    ...sizeOf(file.tensors),
  };
}

/** Reads a LoRA adapter in a GGUF file, as `convert_lora_to_gguf.py` makes it. */
export async function readAdapterFile(path: string, open: OpenSource, signal?: AbortSignal): Promise<AdapterShape> {
  const source = await open(path);
  try {
    const { metadata, tensors } = await readGguf(source, signal);
    if (textOf(metadata, "general.type") !== "adapter")
      throw malformed(path, "it is not an adapter", "Read it with readModel().");
    const first = tensors.filter(({ name }) => name.endsWith(".lora_a")).map(({ shape }) => shape[1] ?? 1);
    const alpha = metadata.get("adapter.lora.alpha");
    const targets = tensors.flatMap(({ name }) => /^blk\.\d+\.(.*)\.weight\.lora_a$/.exec(name)?.[1] ?? []);
    const baseModel = textOf(metadata, "general.base_model.0.name");
    return {
      format: "gguf",
      ...(baseModel === undefined ? {} : { baseModel }),
      rank: Math.max(0, ...first),
      ...(typeof alpha === "number" ? { alpha } : {}),
      targets: [...new Set(targets)],
      ...sizeOf(tensors),
    };
  } finally {
    await source.close();
  }
}

function sizeOf(tensors: readonly { parameters: number; bytes: number }[]): {
  parameters: number;
  weightBytes: number;
} {
  return {
    parameters: tensors.reduce((sum, { parameters }) => sum + parameters, 0),
    weightBytes: tensors.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

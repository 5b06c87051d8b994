import { isRecord, listAt, numberAt, recordAt, textAt, type JsonRecord } from "./json-file.ts";
import type { Quantization } from "./quantization.ts";
import type { TensorInfo } from "./tensor-info.ts";

/** What the files of a checkpoint say of its quantization. */
export interface QuantizationSources {
  /** `config.json`. */
  readonly config: JsonRecord;
  /** `hf_quant_config.json` of NVIDIA's ModelOpt. */
  readonly modelOpt?: JsonRecord;
  /** `params.json` of Mistral. */
  readonly params?: JsonRecord;
}

/**
 * How a checkpoint's weights are stored, by vLLM's order of places (`model_arch_config_convertor.py`): the config's
 * `quantization_config`, that of its text model, `compression_config`, ModelOpt's file, Mistral's `quantization`.
 */
export function checkpointQuantization(sources: QuantizationSources, tensors: readonly TensorInfo[]): Quantization {
  const { config, modelOpt = {}, params = {} } = sources;
  const told =
    at(config, "quantization_config", "config.json: quantization_config") ??
    at(recordAt(config, "text_config"), "quantization_config", "config.json: text_config.quantization_config") ??
    at(config, "compression_config", "config.json: compression_config") ??
    at(modelOpt, "quantization", "hf_quant_config.json: quantization") ??
    at(params, "quantization", "params.json: quantization");
  if (!told) return { name: "none", ...mainType(tensors), evidence: "no file names a quantization" };
  const { record, evidence } = told;
  const kvCache = kvCacheOf(record);
  return {
    ...mainType(tensors.filter(({ name }) => !/embed|lm_head|^output\.|norm/.test(name))),
    ...described(record),
    ...(kvCache === undefined ? {} : { kvCache }),
    evidence,
  };
}

function at(record: JsonRecord, key: string, evidence: string): { record: JsonRecord; evidence: string } | undefined {
  const value = record[key];
  return isRecord(value) ? { record: value, evidence } : undefined;
}

/** The type that most bytes are of. */
function mainType(tensors: readonly TensorInfo[]): { weightType?: string } {
  const bytes = new Map<string, number>();
  for (const tensor of tensors) bytes.set(tensor.type, (bytes.get(tensor.type) ?? 0) + tensor.bytes);
  const [main] = [...bytes].toSorted((a, b) => b[1] - a[1]);
  return main ? { weightType: main[0] } : {};
}

/** Of methods that have one width only. */
const ownBits: Readonly<Record<string, number>> = { fp8: 8, mxfp4: 4, "fbgemm-fp8": 8 };

type Described = Omit<Quantization, "evidence" | "kvCache">;

function described(record: JsonRecord): Described {
  const method = (textAt(record, "quant_method") ?? "").toLowerCase().replaceAll("_", "-");
  const algorithm = (textAt(record, "quant_algo") ?? "").toUpperCase();
  if (method === "compressed-tensors" || record["config_groups"] !== undefined) return compressed(record);
  if (algorithm !== "") return modelOptNamed(algorithm, record);
  if (textAt(record, "qformat_weight") === "fp8_e4m3") {
    return { name: "fp8", weightType: "F8_E4M3", bits: 8, activations: textAt(record, "qscheme_act") !== "NO_SCALES" };
  }
  if (method === "bitsandbytes") {
    if (record["load_in_8bit"] === true) return { name: "bitsandbytes-int8", bits: 8 };
    return { name: `bitsandbytes-${textAt(record, "bnb_4bit_quant_type") ?? "fp4"}`, bits: 4, groupSize: 64 };
  }
  const bits = numberAt(record, "bits", "w_bit") ?? ownBits[method];
  const group = numberAt(record, "group_size", "q_group_size");
  const block = listAt(record, "weight_block_size")?.map(Number);
  return {
    name: method === "" ? "unknown" : method,
    ...(bits === undefined ? {} : { bits }),
    ...(group === undefined ? {} : { groupSize: group }),
    ...(block?.[0] === undefined ? {} : { groupSize: block[0] * (block[1] ?? 1) }),
    ...(method === "fp8" ? { activations: true } : {}),
  };
}

/** NVIDIA's names, `FP8`, `NVFP4`, `W4A16_AWQ` …, as vLLM maps them. */
function modelOptNamed(algorithm: string, record: JsonRecord): Described {
  const group = numberAt(record, "group_size");
  const name = algorithm.includes("NVFP4") ? "nvfp4" : algorithm.includes("MXFP8") ? "mxfp8" : algorithm.toLowerCase();
  return {
    name: name.startsWith("fp8") ? "fp8" : name,
    bits: /FP4|INT4|W4/.test(algorithm) ? 4 : 8,
    activations: !/A16/.test(algorithm),
    ...(group === undefined ? {} : { groupSize: group }),
  };
}

/** The scheme of compressed-tensors by its first group: `fp8`, `int8`, `w4a16`, `nvfp4`, `mxfp4` … */
function compressed(record: JsonRecord): Described {
  const format = textAt(record, "format") ?? "";
  const [group = {}] = Object.values(recordAt(record, "config_groups")).filter(isRecord);
  const weights = recordAt(group, "weights");
  const inputs = recordAt(group, "input_activations");
  const bits = numberAt(weights, "num_bits") ?? 0;
  const size = numberAt(weights, "group_size");
  const isFloat = textAt(weights, "type") === "float";
  const activationBits = numberAt(inputs, "num_bits");
  const name = /nvfp4/.test(format)
    ? "nvfp4"
    : /mxfp4/.test(format)
      ? "mxfp4"
      : isFloat
        ? `fp${bits}`
        : bits === 8 && activationBits === 8
          ? "int8"
          : `w${bits}a${activationBits ?? 16}`;
  return {
    name: bits === 0 ? "compressed-tensors" : name,
    ...(bits === 0 ? {} : { bits }),
    activations: activationBits !== undefined,
    ...(size === undefined ? {} : { groupSize: size }),
  };
}

function kvCacheOf(record: JsonRecord): string | undefined {
  const named = textAt(record, "kv_cache_quant_algo");
  if (named !== undefined) return named.toLowerCase();
  const scheme = record["kv_cache_scheme"];
  if (!isRecord(scheme)) return undefined;
  return `${textAt(scheme, "type") === "int" ? "int" : "fp"}${numberAt(scheme, "num_bits") ?? 8}`;
}

import { startVllm } from "../servers/index.ts";
import { processesWith, residentBytes } from "./resident.ts";

/** How a vLLM is started: SmolLM2 with 1 GiB for its cache. */
export interface VllmSetting {
  /** Instead of SmolLM2 a model of one narrow layer, of random weights: what is left is vLLM itself. */
  readonly narrow?: true;
  readonly dtype: "float32" | "bfloat16";
  readonly contextLength: number;
  readonly sequences: number;
  readonly batchTokens: number;
}

/** What a vLLM reported of its cache, and what its processes held in main memory, in bytes. */
export interface ObservedVllm {
  /** `kv_cache_memory_bytes` and `kv_cache_size_tokens` of `vllm:cache_config_info`. */
  readonly cacheBytes: number;
  readonly cacheTokens: number;
  /** When it had read a prompt as long as the context. */
  readonly resident: number;
}

/** One layer, a ninth of SmolLM2's width. */
const NARROW = {
  num_hidden_layers: 1,
  hidden_size: 64,
  intermediate_size: 128,
  num_attention_heads: 1,
  num_key_value_heads: 1,
  head_dim: 64,
};

/** Starts a vLLM on the processor, which takes a minute of two cores, and ends it. */
export async function observeVllm(setting: VllmSetting): Promise<ObservedVllm> {
  const { dtype, contextLength, sequences, batchTokens, narrow } = setting;
  const mark = `INHOUSE_MEASURED=${process.pid}-${dtype}`;
  const [name = "", value = ""] = mark.split("=");
  const held = async (): Promise<number> => await residentBytes(await processesWith(mark));
  const numbers = {
    "--max-model-len": contextLength,
    "--max-num-seqs": sequences,
    "--max-num-batched-tokens": batchTokens,
  };
  const args = Object.entries(numbers).flatMap(([flag, number]) => [flag, String(number)]);
  await using server = await startVllm({
    args: [
      "--dtype",
      dtype,
      ...args,
      ...(narrow ? ["--load-format", "dummy", "--hf-overrides", JSON.stringify(NARROW)] : []),
    ],
    env: { [name]: value, VLLM_CPU_KVCACHE_SPACE: "1" },
  });
  const prompt = Array.from({ length: contextLength - 8 }, (_, place) => 100 + ((place * 7) % 30_000));
  await post(`${server.url}/v1/completions`, { model: server.model, prompt, max_tokens: 1 });
  const resident = await held();
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  return {
    cacheBytes: labelled(metrics, "kv_cache_memory_bytes"),
    cacheTokens: labelled(metrics, "kv_cache_size_tokens"),
    resident,
  };
}

function labelled(metrics: string, label: string): number {
  const [, value] = new RegExp(`^vllm:cache_config_info\\{.*\\b${label}="(\\d+)"`, "m").exec(metrics) ?? [];
  if (value === undefined) throw new Error(`vllm:cache_config_info has no ${label}.`);
  return Number(value);
}

async function post(url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`vLLM did not read the prompt: ${await response.text()}`);
  await response.arrayBuffer();
}

import { isInhouseError } from "../../core/error.ts";
import type { Observe, ServedFacts } from "../../deploy/verify/served-facts.ts";
import type { ServerProcess } from "../../deploy/verify/server-processes.ts";
import { createEndpoint } from "../../http/endpoint.ts";
import { numberOf, objectOf, stringOf, type JsonObject } from "../../http/json.ts";
import { listModels } from "../openai-compatible/openai-models.ts";
import { vllmDialect } from "./vllm-dialect.ts";
import { metrics, serverInfo, version } from "./vllm-introspection.ts";
import { loadingMethodOf } from "./vllm-methods.ts";

/**
 * What a vLLM serves: by `/v1/models`, `/metrics` and, in developer mode, `/server_info`, and by the command line of its first
 * process (0.32.0).
 */
export const observeVllm: Observe = async ({ plan, model, url, apiKey, transport, processes, signal }) => {
  const endpoint = createEndpoint(
    "vllm",
    { baseURL: url, transport, ...(apiKey === undefined ? {} : { apiKey }) },
    { baseURL: url, prefix: (prefix) => prefix.replace(/\/v1$/, ""), classify: vllmDialect.classify },
  );
  const [told, entries, numbers, info] = await Promise.all([
    version(endpoint, signal),
    listModels(endpoint, "/v1/models", signal),
    metrics(endpoint, signal).catch(nothing),
    serverInfo(endpoint, signal).catch(nothing),
  ]);
  const entry = entries.find(({ id }) => id === model) ?? entries[0] ?? {};
  const root = stringOf(entry["root"]);
  const length = numberOf(entry["max_model_len"]);
  const cache = numbers?.samples.get("vllm:cache_config_info")?.[0]?.labels["cache_dtype"];
  return {
    version: { value: told, evidence: "/version" },
    models: { value: entries.map(({ id }) => String(id)), evidence: "/v1/models" },
    ...(root === undefined ? {} : { modelFiles: { value: [root], evidence: "/v1/models root" } }),
    ...(length === undefined ? {} : { contextLength: { value: length, evidence: "/v1/models max_model_len" } }),
    ...(cache === undefined ? {} : { kvType: { value: cache, evidence: "/metrics cache_dtype" } }),
    ...configFacts(info),
    ...commandFacts(processes, plan.model.quantization),
  };
};

/** What is off, or not open to this key, tells nothing. */
function nothing(error: unknown): undefined {
  if (!isInhouseError(error) || error.status === undefined || error.status >= 500) throw error;
}

function commandFacts(processes: readonly ServerProcess[], quantization: string): Partial<ServedFacts> {
  // Its other processes have names in place of their command lines.
  const server = processes.find((process) => process.arguments.includes("serve"));
  if (!server) return {};
  const evidence = `/proc/${server.pid}/cmdline`;
  const sequences = Number(server.option("--max-num-seqs"));
  const method = server.option("--quantization", "-q");
  return {
    dtype: { value: server.option("--dtype") ?? "auto", evidence },
    templateFile: { value: server.option("--chat-template") ?? "", evidence },
    ...(sequences > 0 ? { parallel: { value: sequences, evidence: `${evidence} --max-num-seqs` } } : {}),
    ...(method === undefined
      ? {}
      : {
          quantization: {
            value: method === loadingMethodOf(quantization) ? quantization : method,
            evidence: `${evidence} --quantization ${method}`,
          },
        }),
  };
}

/** Developer mode tells when nothing is quantized; methods it has other names for than their files. */
function configFacts(info: JsonObject | undefined): Partial<ServedFacts> {
  const config = objectOf(objectOf(info?.["vllm_config"])["model_config"]);
  if (config["quantization"] !== null) return {};
  return { quantization: { value: "none", evidence: "/server_info quantization" } };
}

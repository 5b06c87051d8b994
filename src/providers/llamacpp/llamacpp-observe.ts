import type { Observed, Observe, ServedFacts } from "../../deploy/verify/served-facts.ts";
import { numberOf, objectOf, stringOf } from "../../http/json.ts";
import { llamacpp } from "./index.ts";
import { runnerFacts } from "./llamacpp-runner-facts.ts";

/** What a llama-server serves: by `/props` and `/v1/models`, its log at `-lv 4`, and its command line (b11434). */
export const observeLlamacpp: Observe = async ({ url, apiKey, transport, log, processes, signal }) => {
  const provider = llamacpp({ baseURL: url, transport, ...(apiKey === undefined ? {} : { apiKey }) });
  const [props, models] = await Promise.all([provider.props(undefined, signal), provider.models(signal)]);
  const template = stringOf(props["chat_template"]);
  const file = stringOf(props["model_path"]);
  const settings = objectOf(props["default_generation_settings"]);
  return {
    ...seen("version", stringOf(props["build_info"]), "/props build_info"),
    ...seen(
      "models",
      models.flatMap(({ id, aliases }) => [...new Set([id, ...aliases])]),
      "/v1/models",
    ),
    ...seen("modelFiles", file === undefined || file === "" ? undefined : [file], "/props model_path"),
    ...seen("quantization", mixtureOf(stringOf(props["model_ftype"])), "/props model_ftype"),
    ...seen("contextLength", numberOf(settings["n_ctx"]), "/props n_ctx"),
    ...seen("parallel", numberOf(props["total_slots"]), "/props total_slots"),
    ...seen("template", template === "" ? undefined : template, "/props chat_template"),
    ...runnerFacts(processes[0], log),
  };
};

/** `Q4_K - Medium` as the tools of llama.cpp write it: `Q4_K_M`. */
function mixtureOf(told: string | undefined): string | undefined {
  const [, name, more] =
    /^(?:\(guessed\) |all |mostly )*(\w+)(?: (- Small|- Medium|- Large|mix|MoE))?/i.exec(told ?? "") ?? [];
  if (name === undefined) return undefined;
  if (more === undefined || (name === "Q2_K" && more === "- Medium")) return name;
  if (more === "mix") return name.replace(/_S$/, "_M");
  return more === "MoE" ? `${name}_MOE` : `${name}_${more[2]}`;
}

function seen<Name extends keyof ServedFacts, Value>(
  name: Name,
  value: Value | undefined,
  evidence: string,
): { readonly [name in Name]?: Observed<Value> } {
  if (value === undefined) return {};
  return { [name]: { value, evidence } } as { readonly [name in Name]: Observed<Value> };
}

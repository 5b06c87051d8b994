import type { Engine } from "../engine.ts";
import { describedHost } from "../host/described-host.ts";
import type { Host } from "../host/host.ts";
import type { ModelWeights } from "./model-weights.ts";
import { firstFit, takes, type Search } from "./plan-search.ts";
import type { PlanSpec } from "./plan-value.ts";
import { countText, methodText } from "./plan-words.ts";

/** How many are named. */
const most = 4;
/** Hosts that are common, the smaller first. */
const usualHosts = ["1x L4", "1x L40S", "1x H100", "2x H100", "4x H100", "8x H100", "8x H200", "8x B200"] as const;

/** What could be changed in a spec that does not fit, so that it does: the change, and what the plan then takes. */
export function nearestPlans(
  spec: PlanSpec,
  model: ModelWeights,
  search: Search,
  engines: readonly Engine[],
): readonly string[] {
  const found: string[] = [];
  const good = { ...search, weights: search.weights.filter(({ bits, origin }) => bits >= 4 || origin === "files") };
  const attempt = (change: string, changed: Partial<Search>): boolean => {
    const fit = firstFit({ ...good, ...changed });
    if (fit) found.push(`${change} (${fit.engine.name}, ${methodText(fit.weights.quantization)}, ${takes(fit)})`);
    return fit !== undefined;
  };
  const [context = 0] = search.contexts.slice(-1);
  const shorter = [2, 4, 8, 16, 32, 64]
    .map((part) => Math.floor(context / part / 256) * 256)
    .filter((tokens) => tokens >= 2_048);
  shorter.some((tokens) => attempt(`context ${countText(tokens)}`, { contexts: [tokens] }));
  if (spec.parallel !== undefined && spec.parallel > 1) attempt("parallel 1", { sequences: 1 });
  if (spec.kvType === undefined) {
    const types = search.engines
      .flatMap(({ memory }) => Object.keys(memory.cacheBits))
      .filter((type) => /^(fp8|q8_0)$/.test(type));
    types.some((kvType) => attempt(`kvType ${kvType}`, { kvType }));
  }
  if (spec.quantization !== undefined) {
    attempt("another quantization", {
      weights: model.weights.filter(({ quantization, bits }) => quantization !== "BF16" && bits >= 4),
    });
  }
  if (spec.engine !== undefined) {
    attempt("another engine", { engines: engines.filter((engine) => engine.suits(search.host)) });
  }
  if (spec.gpus !== undefined) {
    const { gpus: _all, ...all } = good;
    const fit = firstFit(all);
    if (fit) found.push(`all GPUs (${fit.engine.name}, ${methodText(fit.weights.quantization)}, ${takes(fit)})`);
  }
  const { gpus: _gpus, ...free } = good;
  if (found.length < most) biggerHosts(free, engines, spec, found);
  return found.slice(0, most);
}

/** More of the same GPUs, more machines, then hosts that are common. */
function biggerHosts(search: Omit<Search, "gpus">, engines: readonly Engine[], spec: PlanSpec, found: string[]): void {
  const on = (change: string, host: Host, machines: number): boolean => {
    const suited = spec.engine === undefined ? engines.filter((engine) => engine.suits(host)) : search.engines;
    const fit = firstFit({ ...search, engines: suited, host, machines });
    if (fit) found.push(`${change} (${fit.engine.name}, ${methodText(fit.weights.quantization)}, ${takes(fit)})`);
    return fit !== undefined;
  };
  const { host } = search;
  const [gpu] = host.gpus;
  if (gpu && gpu.accelerator?.vendor !== "apple") {
    const counts = [2, 4, 8].filter((count) => count > host.gpus.length);
    counts.some((count) => on(`${count}x ${gpu.name}`, { ...host, gpus: Array.from({ length: count }, () => gpu) }, 1));
    if (host.gpus.length >= 8) [2, 4].some((machines) => on(`${machines} such machines`, host, machines));
  }
  usualHosts.some((text) => on(text, describedHost(text), 1));
}

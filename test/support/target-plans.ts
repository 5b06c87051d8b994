import { isInhouseError } from "../../src/core/error.ts";
import { modelCatalogue, plan, type Plan, type PlanSpec } from "../../src/deploy.ts";

const hosts = ["8x H100", "1x RTX 4090, ram 64GB", "2x MI300X", "cpu 64GB"];

/** Questions that between them use every engine, kind of GPU, origin of weights and number of machines. */
const others: readonly PlanSpec[] = [
  ...["1x L4", "1x MI300X", "cpu 32GB"].flatMap((on) =>
    ["ollama", "llamacpp"].map((engine): PlanSpec => ({ model: "ministral-8b", on, engine })),
  ),
  { model: "mistral-nemo", on: "1x L4", engine: "ollama" },
  { model: "mistral-large-3", on: "8x H100", machines: 2, quantization: "fp8" },
  { model: "mixtral-8x22b", on: "2x H100", quantization: "4-bit" },
  { model: "mixtral-8x22b", on: "2x H100", quantization: "Q4_K_M" },
  { model: "mixtral-8x22b", on: "4x H100", quantization: "8-bit", address: "0.0.0.0", port: 9_000 },
  { model: "ministral-3b", on: "cpu 64GB", engine: "vllm" },
];

type TargetPlans = readonly (readonly [asked: string, made: Plan])[];

let plans: Promise<TargetPlans> | undefined;

/** Plans of all models of the catalogue on several hosts, where they fit, by what was asked. They are made once for all files. */
export const targetPlans = (): Promise<TargetPlans> => (plans ??= madePlans());

async function madePlans(): Promise<TargetPlans> {
  const asked = [
    ...modelCatalogue.flatMap(({ name }) => hosts.map((on): PlanSpec => ({ model: name, on }))),
    ...others,
  ];
  const made: (readonly [string, Plan])[] = [];
  for (const spec of asked) {
    try {
      made.push([JSON.stringify(spec), await plan(spec)]);
    } catch (error) {
      if (!isInhouseError(error) || error.code !== "unsupported") throw error;
    }
  }
  return made;
}

import type { Weights } from "../../deploy/engine-choice.ts";
import type { Host, HostGpu } from "../../deploy/host/host.ts";

/** What a way to store weights asks of a GPU. */
interface Method {
  /** The least compute capability (`get_min_capability`, vLLM 0.26). */
  readonly least: number;
  /** From where on its numbers are multiplied as they are; below, they are widened first. */
  readonly native?: number;
  /** AMD's GPUs run it (`rocm.py`). */
  readonly amd: boolean;
  /** vLLM on the processor runs it. */
  readonly processor: boolean;
  /** What makes it of 16 bits while the model is loaded. */
  readonly whileLoading?: string;
}

const methods: Readonly<Record<string, Method>> = {
  none: { least: 70, amd: true, processor: true },
  fp8: { least: 75, native: 89, amd: true, processor: false, whileLoading: "fp8_per_tensor" },
  int8: { least: 75, amd: true, processor: true },
  w4a16: { least: 75, amd: true, processor: true },
  awq: { least: 75, amd: true, processor: true },
  gptq: { least: 70, amd: true, processor: true },
  nvfp4: { least: 75, native: 100, amd: false, processor: false },
  mxfp4: { least: 80, native: 100, amd: true, processor: false },
  mxfp8: { least: 80, native: 100, amd: true, processor: false },
};

/** Methods that stand in plugins since vLLM 0.26. */
const plugins: Readonly<Record<string, string>> = { gguf: "vllm-gguf-plugin", bitsandbytes: "vllm-bnb-plugin" };

/** The value of `--quantization` with which vLLM quantizes while it loads. */
export const loadingMethodOf = (quantization: string): string | undefined => methods[quantization]?.whileLoading;

/** Why vLLM does not run such weights on a host; nothing where it does, or where that is not known. */
export function vllmRefusal({ format, quantization }: Weights, { gpus }: Host): string | undefined {
  const plugin = plugins[format === "gguf" ? "gguf" : quantization.replace(/-.*/, "")];
  if (plugin !== undefined) return `vLLM reads these with a plugin only (${plugin}), which is not planned for.`;
  const method = methods[quantization];
  if (gpus.length === 0) {
    return method?.processor === false ? `vLLM on a processor does not run ${quantization}.` : undefined;
  }
  for (const gpu of gpus) {
    if (gpu.accelerator?.vendor === "apple") return `vLLM does not run on Apple's ${gpu.name}.`;
    if (isAmd(gpu) && method?.amd === false) return `vLLM runs no ${quantization} on AMD's GPUs.`;
    const capability = capabilityOf(gpu);
    if (method && capability !== undefined && capability < method.least) {
      return `${quantization} needs compute capability ${shown(method.least)}, and the ${gpu.name} has ${shown(capability)}.`;
    }
    if (quantization === "int8" && capability !== undefined && capability >= 100) {
      return `vLLM has no INT8 for the ${gpu.name} (compute capability ${shown(capability)}).`;
    }
  }
  return undefined;
}

/** What whoever starts these weights there should know. */
export function vllmMethodWarnings({ quantization }: Weights, { gpus }: Host): readonly string[] {
  const method = methods[quantization];
  if (!method) return [`Which GPUs run "${quantization}" is not known here.`];
  const [gpu] = gpus;
  if (!gpu || isAmd(gpu)) return [];
  const capability = capabilityOf(gpu);
  if (capability === undefined) return [`The compute capability of the ${gpu.name} is not known: nothing was checked.`];
  if (method.native === undefined || capability >= method.native) return [];
  return [
    `The ${gpu.name} (compute capability ${shown(capability)}) does not multiply ${quantization}: weights stay packed in memory and are widened to 16 bits (Marlin), so memory is saved and prompts are read no faster.`,
  ];
}

/** CUDA's compute capability times ten; nothing of other GPUs. */
export function capabilityOf({ architecture = "" }: HostGpu): number | undefined {
  return /^\d+\.\d$/.test(architecture) ? Math.round(Number(architecture) * 10) : undefined;
}

const isAmd = ({ architecture = "", accelerator }: HostGpu): boolean =>
  accelerator?.vendor === "amd" || architecture.startsWith("gfx");

const shown = (capability: number): string => (capability / 10).toFixed(1);

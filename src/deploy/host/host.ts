import type { Accelerator } from "../catalogue/accelerators.ts";

/** A machine that models run on, found out or described. What is not known is absent. */
export interface Host {
  readonly memoryBytes?: number;
  /** What is free of it, or what a limit of the container leaves, the smaller. */
  readonly availableMemoryBytes?: number;
  readonly processor: HostProcessor;
  readonly gpus: readonly HostGpu[];
  /** Free bytes where models are kept. */
  readonly freeDiskBytes?: number;
  /** What could not be found out, and why. */
  readonly notes: readonly string[];
}

/** The processor of a host. */
export interface HostProcessor {
  readonly name?: string;
  /** Those that this process may use. */
  readonly cores?: number;
  /** What inference makes use of: `avx2`, `avx512f`, `amx_tile`, `asimd` … */
  readonly features: readonly string[];
}

/** A GPU of a host. */
export interface HostGpu {
  /** As its driver or the description calls it. */
  readonly name: string;
  readonly memoryBytes?: number;
  readonly freeMemoryBytes?: number;
  /** CUDA's compute capability, or AMD's architecture. */
  readonly architecture?: string;
  /** What the catalogue has of it. */
  readonly accelerator?: Accelerator;
}

import type { MemoryDevice } from "./engine-memory.ts";

/** One term of an estimate. */
export interface EstimateLine {
  /** What it is: `weights of 30 layers`, `KV cache`, `compute buffer` … */
  readonly name: string;
  readonly kind: "weights" | "cache" | "working";
  readonly device: MemoryDevice;
  readonly bytes: number;
  /** How it comes about, with the numbers put in. */
  readonly formula: string;
  /** By what part it may be more or less. */
  readonly errorFraction: number;
}

/** What a device has to hold. */
export interface DeviceEstimate {
  readonly device: MemoryDevice;
  readonly bytes: number;
  /** With the errors of all lines in the same direction. */
  readonly lowBytes: number;
  readonly highBytes: number;
}

/** The memory that a server needs, by its terms. */
export interface MemoryEstimate {
  /** Whose numbers these are. */
  readonly engine: string;
  readonly lines: readonly EstimateLine[];
  readonly devices: readonly DeviceEstimate[];
  /** What one more token of context takes in all layers that keep all tokens, over all devices. */
  readonly cacheBytesPerToken: number;
  /** What grows while the server runs, and what is not known. */
  readonly notes: readonly string[];
}

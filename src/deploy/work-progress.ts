/** How far a piece of long work has come: a download, a digest, a quantization, the start of a server. */
export interface WorkProgress {
  /** What is being done, in words: `downloading model-Q4_K_M.gguf`. The same words for the same piece of work. */
  readonly task: string;
  /** Absent where only time tells. */
  readonly done?: number;
  readonly total?: number;
  readonly unit?: "bytes" | "tensors" | "layers" | "seconds";
}

/** Told of progress; it may be called often, and what it throws ends the work. */
export type OnProgress = (progress: WorkProgress) => void;

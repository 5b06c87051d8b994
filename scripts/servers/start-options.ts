import type { Progress } from "./progress.ts";

/** What the start of each server takes. */
export interface StartOptions {
  /** How long the start may take, preparing apart. */
  readyTimeoutMs?: number | undefined;
  onProgress?: Progress | undefined;
  /** Gives up preparing and starting. A server that is ready is not touched. */
  signal?: AbortSignal | undefined;
}

import type { ImageFormats } from "../core/media-support.ts";

/** What a picture has to fit into: what the server takes, and what the model makes use of. No limit where nothing is said. */
export interface ImageBudget extends Partial<ImageFormats> {
  /** Longest edge, in pixels. */
  readonly maxEdge?: number;
}

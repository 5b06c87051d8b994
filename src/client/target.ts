import type { MediaSource } from "../core/media-file.ts";
import type { Part } from "../core/message.ts";
import type { Provider } from "../core/provider.ts";
import type { FittedPlace } from "./files/fitted-part.ts";
import type { MediaOptions } from "./files/media-options.ts";
import type { OpenedFile } from "./files/opened-file.ts";
import type { ModelKnowledge } from "./model-knowledge.ts";

/** What a request is fitted to. */
export interface Target {
  readonly provider: Provider;
  readonly known: () => Promise<ModelKnowledge>;
  /** What the client says about files. */
  readonly media: MediaOptions | undefined;
  readonly files: KeptFiles;
}

/** What was read and fitted for a call is there for its next try, and for as long as somebody holds what it was made of. */
export interface KeptFiles {
  readonly opened: WeakMap<MediaSource, Promise<OpenedFile>>;
  readonly fitted: WeakMap<Part, { readonly key: string; readonly fitted: FittedPlace }>;
}

import type { Provider } from "../core/provider.ts";
import type { ModelKnowledge } from "./model-knowledge.ts";

/** What a request is fitted to. */
export interface Target {
  readonly provider: Provider;
  readonly known: () => Promise<ModelKnowledge>;
}

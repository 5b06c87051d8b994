export { createInhouse, type InhouseProvider, type InhouseSettings } from "./ai-sdk-provider.ts";
export type {
  InhouseEmbeddingModel,
  InhouseLanguageModel,
  InhouseRerankingModel,
  InhouseTranscriptionModel,
  SpecificationVersion,
} from "./ai-sdk-spec.ts";
export type {
  InhouseChatOptions,
  InhouseCompletionOptions,
  InhouseEmbeddingOptions,
  InhouseRerankingOptions,
  InhouseTranscriptionOptions,
} from "./inhouse-options.ts";

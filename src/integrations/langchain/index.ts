export type { ChatInhouseCallOptions, ChatInhouseFields, InhouseModelOptions } from "./chat-inhouse-options.ts";
export { ChatInhouse, type StructuredOutputSchema } from "./chat-inhouse.ts";
export { InhouseEmbeddings, type InhouseEmbeddingsFields } from "./inhouse-embeddings.ts";
export { InhouseRerank, type InhouseRerankFields } from "./inhouse-rerank.ts";

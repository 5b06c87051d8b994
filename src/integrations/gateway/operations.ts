import type { Operation } from "./operation.ts";

/** Loads what answers when it is first asked for. */
type Load = () => Promise<Operation>;

const rerank: Load = async () => (await import("./rerank-operation.ts")).rerankOperation;

/** What can be asked for, by its path. Rerank has the paths of Jina, of vLLM and of Cohere. */
export const operations: Readonly<Record<string, Load | undefined>> = {
  "/v1/chat/completions": async () => (await import("./chat-operation.ts")).chatOperation,
  "/v1/completions": async () => (await import("./completion-operation.ts")).completionOperation,
  "/v1/embeddings": async () => (await import("./embedding-operation.ts")).embeddingOperation,
  "/v1/rerank": rerank,
  "/v1/audio/transcriptions": async () => (await import("./transcription-operation.ts")).transcriptionOperation,
  "/rerank": rerank,
  "/v2/rerank": rerank,
};

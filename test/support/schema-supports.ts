import { llamacppSchemaSupport } from "../../src/providers/llamacpp/llamacpp-schema-support.ts";
import { ollamaSchemaSupport } from "../../src/providers/ollama/ollama-schema-support.ts";
import { openaiSchemaSupport } from "../../src/providers/openai-compatible/openai-schema-support.ts";
import { vllmSchemaSupport } from "../../src/providers/vllm/vllm-schema-support.ts";

/** What each provider says that its server enforces. */
export const schemaSupports = {
  llamacpp: llamacppSchemaSupport,
  ollama: ollamaSchemaSupport,
  vllm: vllmSchemaSupport,
  "openai-compatible": openaiSchemaSupport,
} as const;

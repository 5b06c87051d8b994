import type { Health } from "../../core/health.ts";
import type { Endpoint } from "../../http/endpoint.ts";
import { askHealth } from "../openai-compatible/openai-health.ts";

/**
 * `GET /api/version`. Ollama (0.34.2) is ready 0.2 s after its start, and loads a model within the first call that names it:
 * `running()` tells what is in memory. It does not tell of calls that wait.
 */
export function ollamaHealth(endpoint: Endpoint, signal?: AbortSignal): Promise<Health> {
  return askHealth(endpoint, "/api/version", signal);
}

import { isInhouseError, type InhouseError } from "../../core/error.ts";
import type { Health } from "../../core/health.ts";
import type { Endpoint } from "../../http/endpoint.ts";
import { askHealth } from "../openai-compatible/openai-health.ts";
import { metrics } from "./vllm-introspection.ts";

/**
 * `GET /health`, and of a server that answers it, whether requests wait. vLLM (0.32.0) refuses connections until its
 * model is loaded, so that one which loads is `down`; when its engine has died, `/health` answers 503 without a word.
 */
export async function vllmHealth(endpoint: Endpoint, signal?: AbortSignal): Promise<Health> {
  const health = await askHealth(endpoint, "/health", signal, deadEngine);
  if (health.status !== "ready") return health;
  return (await queued(endpoint, signal)) ?? health;
}

function deadEngine({ code, status }: InhouseError): Health | undefined {
  if (status !== 503 || code !== "overloaded") return undefined;
  return {
    status: "wedged",
    detail: "GET /health answered 503: the engine is dead, and the server must be restarted.",
  };
}

/** Told by `vllm:num_requests_waiting`, unless the server counts nothing (`--disable-log-stats`) or shows no metrics. */
async function queued(endpoint: Endpoint, signal?: AbortSignal): Promise<Health | undefined> {
  try {
    const { waitingRequests = 0 } = await metrics(endpoint, signal);
    return waitingRequests > 0 ? { status: "busy", detail: `${waitingRequests} requests wait.` } : undefined;
  } catch (error) {
    if (!isInhouseError(error) || error.code === "abort" || error.code === "closed") throw error;
    return undefined;
  }
}

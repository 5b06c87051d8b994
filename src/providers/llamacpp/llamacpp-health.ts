import { isInhouseError } from "../../core/error.ts";
import type { Health } from "../../core/health.ts";
import { send, type Endpoint } from "../../http/endpoint.ts";
import { askHealth } from "../openai-compatible/openai-health.ts";
import { introspection } from "../openai-compatible/openai-models.ts";

/** The loop that generates answers between two batches; one that reads a long prompt takes longer. */
const slotsMs = 2_000;

/**
 * `GET /health`, and of a server that answers it, whether a slot is free. llama-server (b11434, b11549) refuses connections
 * for the first 15 to 100 ms, then answers everything with 503 "Loading model", whose progress it does not tell.
 */
export async function llamacppHealth(endpoint: Endpoint, signal?: AbortSignal): Promise<Health> {
  const health = await askHealth(endpoint, "/health", signal);
  if (health.status !== "ready") return health;
  return (await busy(endpoint, signal)) ?? health;
}

/**
 * Told by `GET /slots?fail_on_no_slot=1`, unless the server has no slots to show: `--no-slots`, a refused key, or a router,
 * which asks of which model and tells instead what it loads.
 */
async function busy(endpoint: Endpoint, signal?: AbortSignal): Promise<Health | undefined> {
  const path = "/slots?fail_on_no_slot=1";
  const timeouts = { ...introspection, headersMs: slotsMs };
  try {
    (await send(endpoint, { method: "GET", path, signal, timeouts })).release();
    return undefined;
  } catch (error) {
    if (!isInhouseError(error) || error.code === "abort" || error.code === "closed") throw error;
    if (error.code === "overloaded") return { status: "busy", detail: "Every slot is taken." };
    if (error.code === "timeout") return { status: "busy", detail: "Its slots do not answer between two batches." };
    if (error.status !== 400) return undefined;
    const { llamacppRouterHealth } = await import("./llamacpp-router-health.ts");
    return llamacppRouterHealth(endpoint, signal);
  }
}

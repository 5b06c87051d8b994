import { InhouseError } from "../../core/error.ts";
import type { ProgressEvent } from "../../core/event.ts";
import type { Health } from "../../core/health.ts";
import type { Provider } from "../../core/provider.ts";

/** How the server is; async, so that a provider that throws at once rejects too. */
async function healthOf(provider: Provider, signal: AbortSignal): Promise<Health> {
  return provider.health(signal);
}

/** Asks a silent server how it is: a step of progress, or the error of a server that is gone. */
export async function reportSilence(
  provider: Provider,
  signal: AbortSignal,
  since: number,
): Promise<ProgressEvent | InhouseError> {
  // A question that is ended has its reason in the call itself.
  const health = await healthOf(provider, signal).catch(() => undefined);
  if (health?.status === "down") {
    return new InhouseError("reset", `The server is gone: ${health.detail ?? "it does not answer"}`);
  }
  const silentMs = Math.round(performance.now() - since);
  return { type: "progress", phase: "waiting", silentMs, ...(health ? { health: health.status } : {}) };
}

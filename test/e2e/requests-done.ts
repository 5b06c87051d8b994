import type { VllmProvider } from "../../src/providers/vllm/index.ts";

/** Resolves when no request of the server is at work; rejects after three seconds. */
export async function requestsDone(provider: VllmProvider): Promise<void> {
  const until = performance.now() + 3_000;
  try {
    for (;;) {
      const { runningRequests = Number.NaN, waitingRequests = Number.NaN } = await provider.metrics();
      const requests = runningRequests + waitingRequests;
      if (requests === 0) return;
      if (performance.now() > until) throw new Error(`${requests} requests are still at work`);
      await new Promise((resolve) => setTimeout(resolve, 20)); // the server announces nothing
    }
  } finally {
    await provider.close();
  }
}

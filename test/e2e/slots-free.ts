import type { LlamacppProvider } from "../../src/providers/llamacpp/index.ts";

/** Resolves when no slot of the server is at work; rejects after three seconds. */
export async function slotsFree(provider: LlamacppProvider): Promise<void> {
  const until = performance.now() + 3_000;
  try {
    for (;;) {
      const busy = (await provider.slots()).filter((slot) => slot["is_processing"] === true);
      if (busy.length === 0) return;
      if (performance.now() > until) throw new Error(`${busy.length} slots are still at work`);
      await new Promise((resolve) => setTimeout(resolve, 20)); // the server announces nothing
    }
  } finally {
    await provider.close();
  }
}

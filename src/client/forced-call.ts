import { InhouseError } from "../core/error.ts";
import type { Batch } from "../core/event.ts";
import type { Provider } from "../core/provider.ts";

/** Servers answer a forced call with prose (llama-server b11434 does), which must not pass for the call. */
export async function* withForcedCall(reply: AsyncIterable<Batch>, provider: Provider): AsyncGenerator<Batch> {
  let called = false;
  for await (const batch of reply) {
    called ||= batch.some(({ type }) => type === "tool-call");
    if (!called && batch.some(({ type }) => type === "finish")) {
      throw new InhouseError("tool", "A tool call was required, and the model answered without one.", {
        provider: provider.name,
      });
    }
    yield batch;
  }
}

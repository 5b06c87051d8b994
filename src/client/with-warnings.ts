import type { Batch, ModelEvent } from "../core/event.ts";
import type { Warning } from "../core/result.ts";

/** The reply with warnings of ours after its start. */
export async function* withWarnings(reply: AsyncIterable<Batch>, warnings: readonly Warning[]): AsyncGenerator<Batch> {
  let events = warnings.map((warning): ModelEvent => ({ type: "warning", warning }));
  for await (const batch of reply) {
    const at = batch.findIndex(({ type }) => type === "start");
    yield at < 0 || events.length === 0 ? batch : [...batch.slice(0, at + 1), ...events, ...batch.slice(at + 1)];
    if (at >= 0) events = [];
  }
}

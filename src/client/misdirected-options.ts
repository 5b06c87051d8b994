import type { Batch, ModelEvent } from "../core/event.ts";
import type { Provider } from "../core/provider.ts";
import type { ModelRequest } from "../core/request.ts";

/** Options under names that are not this provider's and none under its own: a misspelt name, most likely. */
export function misdirected({ providerOptions = {} }: ModelRequest, { name }: Provider): readonly ModelEvent[] {
  if (Object.hasOwn(providerOptions, name)) return [];
  return Object.keys(providerOptions).map((other) => {
    const message = `These options are for another provider than ${name}: they were not used.`;
    return { type: "warning", warning: { option: `providerOptions.${other}`, message } };
  });
}

/** Adds warnings to the first batch of a reply. */
export function withWarnings(reply: AsyncIterable<Batch>, warnings: readonly ModelEvent[]): AsyncIterable<Batch> {
  return warnings.length === 0 ? reply : withAdded(reply, warnings);
}

async function* withAdded(reply: AsyncIterable<Batch>, added: readonly ModelEvent[]): AsyncGenerator<Batch> {
  let first = true;
  for await (const batch of reply) {
    yield first ? [...batch.slice(0, 1), ...added, ...batch.slice(1)] : batch;
    first = false;
  }
}

import type { Batch, ModelEvent } from "../core/event.ts";
import type { Provider } from "../core/provider.ts";

/** Warns of options under names that are not this provider's, with none under its own: a misspelt name, most likely. */
export async function* withMisdirected(
  reply: AsyncIterable<Batch>,
  providerOptions: Readonly<Record<string, unknown>>,
  { name }: Provider,
): AsyncGenerator<Batch> {
  let warnings = Object.keys(providerOptions).map((other): ModelEvent => {
    const message = `These options are for another provider than ${name}: they were not used.`;
    return { type: "warning", warning: { option: `providerOptions.${other}`, message } };
  });
  for await (const batch of reply) {
    yield warnings.length > 0 ? [...batch.slice(0, 1), ...warnings, ...batch.slice(1)] : batch;
    warnings = [];
  }
}

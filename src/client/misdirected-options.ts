import type { Provider } from "../core/provider.ts";
import type { Warning } from "../core/result.ts";

/** Warns of options under names that are not this provider's, with none under its own: a misspelt name, most likely. */
export function misdirected(
  providerOptions: Readonly<Record<string, unknown>> | undefined,
  { name }: Provider,
): readonly Warning[] {
  if (!providerOptions || Object.hasOwn(providerOptions, name)) return [];
  return Object.keys(providerOptions).map((other) => {
    const message = `These options are for another provider than ${name}: they were not used.`;
    return { option: `providerOptions.${other}`, message };
  });
}

import type { Usage } from "../core/result.ts";

/** The usage of several answers together; undefined where the server left one uncounted. */
export function sumUsage(usages: readonly (Usage | undefined)[]): Usage | undefined {
  const known = usages.filter((usage) => usage !== undefined);
  if (known.length < usages.length || known.length === 0) return undefined;
  return known.reduce((a, b) => ({
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    ...sumOf("cachedInputTokens", a, b),
    ...sumOf("reasoningTokens", a, b),
  }));
}

/** A count that some answers lack. */
function sumOf(name: "cachedInputTokens" | "reasoningTokens", a: Usage, b: Usage): Partial<Usage> {
  return a[name] === undefined && b[name] === undefined ? {} : { [name]: (a[name] ?? 0) + (b[name] ?? 0) };
}

import { InhouseError } from "../../core/error.ts";
import type { Warning } from "../../core/result.ts";
import type { Sampling } from "../../core/sampling.ts";
import type { SamplingNames } from "./openai-dialect.ts";

/**
 * Writes sampling options under the server's own names. One that the server lacks is left out with a warning; a grammar
 * that could not be enforced would change what the answer means, so it is refused.
 */
export function encodeSampling(
  sampling: Sampling,
  names: SamplingNames,
  provider: string,
  warnings: Warning[],
): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [option, value] of Object.entries(sampling) as [keyof Sampling, unknown][]) {
    if (value === undefined) continue;
    const name = names[option];
    if (typeof name === "string") {
      body[name] = value;
      continue;
    }
    if (name !== undefined) {
      Object.assign(body, name(value));
      continue;
    }
    if (option === "grammar") {
      throw new InhouseError("unsupported", `${provider} cannot enforce a grammar.`, { provider });
    }
    warnings.push({ option, message: `${provider} has no such option: it was left out.` });
  }
  return body;
}

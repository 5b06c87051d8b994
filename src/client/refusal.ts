import type { Capability } from "../core/capability.ts";
import { InhouseError } from "../core/error.ts";
import type { Provider } from "../core/provider.ts";
import type { ModelRequest } from "../core/request.ts";

/** The error of a request for what a model cannot do, with the evidence and what would enable it. */
export function refusal(
  provider: Provider,
  request: ModelRequest,
  name: string,
  { evidence, hint }: Capability,
): InhouseError {
  return new InhouseError("unsupported", `${provider.name} cannot do this (${name}): ${evidence}.`, {
    provider: provider.name,
    ...(request.model === undefined ? {} : { model: request.model }),
    ...(hint === undefined ? {} : { hint }),
  });
}

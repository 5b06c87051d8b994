import { InhouseError } from "../../core/error.ts";

/** Ollama has no such thing. */
export function unsupported(what: string, hint?: string): InhouseError {
  return new InhouseError("unsupported", `ollama has no ${what}.`, {
    provider: "ollama",
    ...(hint === undefined ? {} : { hint }),
  });
}

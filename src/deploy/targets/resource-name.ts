import { InhouseError } from "../../core/error.ts";

const longest = 40;

/**
 * The name of what serves a model: a DNS label that may begin a Service's name. It is never the engine's own name, since
 * Kubernetes makes variables of Services' names (`VLLM_PORT`), which the engine would take for its options. Throws
 * `invalid-request` for a name of the caller's that is none.
 */
export function resourceName(modelName: string, engine: string, chosen: string | undefined): string {
  const made = madeName(modelName);
  const fitting = made === engine ? `${made}-server` : made;
  if (chosen === undefined) return fitting;
  if (/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(chosen) && chosen.length <= longest && chosen !== engine) return chosen;
  const reason =
    chosen === engine
      ? "is the engine's own name, of which Kubernetes would make variables that it reads"
      : `is no DNS label of at most ${longest} characters`;
  const suggested = madeName(chosen);
  throw new InhouseError("invalid-request", `target: the name ${JSON.stringify(chosen.slice(0, 80))} ${reason}.`, {
    hint: `Leave it out, or take ${JSON.stringify(suggested === engine ? `${suggested}-server` : suggested)}: lower-case letters, digits and hyphens, a letter first.`,
  });
}

function madeName(text: string): string {
  const plain = text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "");
  const lettered = /^[a-z]/.test(plain) ? plain : `model-${plain}`;
  return lettered.slice(0, longest).replace(/-+$/, "");
}

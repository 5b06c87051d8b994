import { checkOptions, describe } from "../../../core/check-options.ts";
import { InhouseError } from "../../../core/error.ts";
import type { ModelSource } from "./model-source.ts";

const wish = { files: 1, quantization: 1 };

/** The options of each kind of source, by the one that names it. */
const kinds: Readonly<Record<string, object>> = {
  folder: { folder: 1, how: 1, ...wish },
  huggingFace: { huggingFace: 1, endpoint: 1, revision: 1, ...wish },
  oci: { oci: 1, insecure: 1, ...wish },
  ollama: { ollama: 1, registry: 1, layout: 1 },
};

const choices: Readonly<Record<string, readonly string[]>> = {
  how: ["copy", "link", "in-place"],
  layout: ["files", "store"],
};

/** Refuses what is no source. Throws `invalid-request`. */
export function checkSource(source: ModelSource): void {
  const place = "fetchModel: source";
  const found = Object.keys(kinds).filter((kind) => typeof source === "object" && source !== null && kind in source);
  const [kind = ""] = found;
  if (found.length !== 1) {
    throw new InhouseError("invalid-request", `${place}: expected one of ${Object.keys(kinds).join(", ")}.`, {
      hint: 'Write { folder: "/mnt/model" } or { huggingFace: "organisation/name", endpoint: "https://…" }.',
    });
  }
  checkOptions(place, source, kinds[kind] ?? {});
  for (const [name, value] of Object.entries(source) as [string, unknown][]) {
    if (value === undefined || fits(name, value)) continue;
    const among = choices[name];
    throw new InhouseError(
      "invalid-request",
      `${place}: ${name}: ${among ? `expected ${among.join(", ")}` : `not understood, got ${describe(value)}`}.`,
    );
  }
}

function fits(name: string, value: unknown): boolean {
  const among = choices[name];
  if (among) return typeof value === "string" && among.includes(value);
  if (name === "files") return Array.isArray(value) && value.every((file) => typeof file === "string" && file !== "");
  return name === "insecure" ? typeof value === "boolean" : typeof value === "string" && value !== "";
}

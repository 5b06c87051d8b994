import { resolve } from "node:path";

import type { LockedModel } from "./model-lock.ts";
import type { ModelSource } from "./model-source.ts";

/** Whether a model that was fetched is the one that is asked for; from which mirror it came is no matter. */
export function isSameSource(asked: ModelSource, { source: known, revision }: LockedModel): boolean {
  if ("folder" in asked) return "folder" in known && isSame(keyOf(asked), keyOf(known));
  if ("huggingFace" in asked) {
    if (!("huggingFace" in known) || !isSame(keyOf(asked), keyOf(known))) return false;
    return (asked.revision ?? "main") === (known.revision ?? "main") || asked.revision === revision;
  }
  if ("oci" in asked) {
    if (!("oci" in known)) return false;
    const isDigest = asked.oci.includes("@sha256:") && asked.oci.endsWith(`@${revision}`);
    const isName = isSame(keyOf(asked), keyOf(known));
    return isName || (isDigest && repositoryOf(asked.oci) === repositoryOf(known.oci));
  }
  return "registry" in known && isSame(keyOf(asked), keyOf(known));
}

/** What of a source says which model it is. */
function keyOf(source: ModelSource): readonly unknown[] {
  if ("folder" in source) return [resolve(source.folder), wishOf(source)];
  if ("huggingFace" in source) return [source.huggingFace.toLowerCase(), wishOf(source)];
  if ("oci" in source) return [source.oci.replace(/^oci:\/\//, ""), wishOf(source)];
  const [, space = "library", rest = ""] = /^(?:([^/]+)\/)?(.*)$/.exec(source.ollama) ?? [];
  return [space, rest.includes(":") ? rest : `${rest}:latest`, source.layout ?? "files"];
}

const wishOf = ({ files, quantization }: { files?: readonly string[]; quantization?: string }): readonly unknown[] => [
  files ?? null,
  quantization ?? null,
];

const repositoryOf = (name: string): string => name.replace(/^oci:\/\//, "").replace(/(:[^/:@]*)?(@.*)?$/, "");

const isSame = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

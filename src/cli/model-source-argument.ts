import { stat } from "node:fs/promises";

import type { ModelSource } from "../deploy.ts";
import { InhouseError } from "../index.ts";

/** What the options of `inhouse models fetch` say of a source. */
export interface SourceOptions {
  readonly endpoint?: string | undefined;
  readonly files?: readonly string[] | undefined;
  readonly quantization?: string | undefined;
  readonly insecure?: boolean | undefined;
  readonly store?: boolean | undefined;
  readonly link?: boolean | undefined;
  readonly offline?: boolean | undefined;
}

/**
 * A source as a command line names it: `hf:organisation/name@revision`, `oci://host/repository:tag`,
 * `ollama://host/name:tag`, else a path. Throws `invalid-request`.
 */
export async function modelSourceOf(text: string, options: SourceOptions): Promise<ModelSource> {
  const { endpoint, files, quantization, insecure = false, store = false, link = false } = options;
  const wish = { ...(files ? { files } : {}), ...(quantization === undefined ? {} : { quantization }) };
  const [, scheme, rest = ""] = /^(hf:|oci:\/\/|ollama:\/\/)(.*)$/.exec(text) ?? [];
  if (scheme === "hf:") {
    const [, name = rest, revision] = /^([^@]+)@(.+)$/.exec(rest) ?? [];
    const address = endpoint ?? (options.offline ? "http://offline.invalid" : undefined);
    if (address === undefined) throw noEndpoint();
    return { huggingFace: name, endpoint: address, ...(revision === undefined ? {} : { revision }), ...wish };
  }
  if (scheme === "oci://") return { oci: rest, ...(insecure ? { insecure } : {}), ...wish };
  if (scheme === "ollama://") {
    const [, host = "", name = ""] = /^([^/]+)\/(.+)$/.exec(rest) ?? [];
    if (host === "") throw new InhouseError("invalid-request", `${text} names no registry.`, { hint: registryHint });
    const registry = `${insecure ? "http" : "https"}://${host}`;
    return { ollama: name, registry, ...(store ? { layout: "store" } : {}) };
  }
  if (/^[a-z][a-z0-9+.-]+:/i.test(text) && !(await isThere(text))) {
    throw new InhouseError("invalid-request", `${text} is not a source that is known.`, {
      hint: "Write hf:organisation/name, oci://host/repository:tag, ollama://host/name:tag, or a path.",
    });
  }
  return { folder: text, ...(link ? { how: "link" } : {}), ...wish };
}

const registryHint = "Write ollama://registry.example/library/smollm2:135m.";

const noEndpoint = (): InhouseError =>
  new InhouseError("invalid-request", "hf: needs --endpoint or HF_ENDPOINT: nothing leaves the house unless told to.", {
    hint: "Name the mirror in the house, such as --endpoint https://models.example, or the public https://huggingface.co.",
  });

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

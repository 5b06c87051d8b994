import type { EndSignal } from "../../../core/call-end.ts";
import { InhouseError } from "../../../core/error.ts";
import type { Transport } from "../../../core/transport.ts";
import { folderFiles } from "./folder-files.ts";
import { huggingFaceFiles } from "./hugging-face-files.ts";
import type { Listing } from "./listed-file.ts";
import type { ModelSource } from "./model-source.ts";
import { ociFiles, ociPlace } from "./oci-files.ts";
import { ollamaFiles, ollamaPlace } from "./ollama-files.ts";
import { registryMirror, type RegistryCredentials } from "./registry.ts";

/** What listing a source needs. */
export interface ListingContext {
  readonly transport: Transport | undefined;
  readonly apiKey: string | undefined;
  readonly credentials: RegistryCredentials | undefined;
  readonly idleMs: number;
  readonly maxRetries: number;
  readonly signal: EndSignal;
}

/** Asks a source which files there are, and chooses. Of each kind of source a file of its own knows how. */
export async function listSource(source: ModelSource, context: ListingContext): Promise<Listing> {
  if ("folder" in source) return await folderFiles(source);
  const { transport, apiKey, credentials, idleMs, maxRetries, signal } = context;
  if (!transport) throw new InhouseError("invalid-request", "fetchModel: no transport was given.");
  if ("huggingFace" in source) {
    const key = apiKey === undefined ? undefined : `Bearer ${apiKey}`;
    const authorization = (refused?: unknown): Promise<string | undefined> =>
      Promise.resolve(refused ? undefined : key);
    return await huggingFaceFiles(source, { transport, idleMs, authorization }, maxRetries, signal);
  }
  const registryAt = (address: URL) => registryMirror(address, transport, idleMs, { apiKey, credentials }, signal);
  if ("oci" in source) {
    const place = ociPlace(source);
    return await ociFiles(source, place, registryAt(place.address), maxRetries, signal);
  }
  const place = ollamaPlace(source);
  return await ollamaFiles(source, place, registryAt(place.address), maxRetries, signal);
}

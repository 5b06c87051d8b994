import {
  fetchModel as fetchModelWith,
  type FetchedModel,
  type FetchModelOptions as OwnFetchModelOptions,
} from "../deploy/files/fetch-model.ts";
import type { ModelSource } from "../deploy/files/sources/model-source.ts";
import { withTransport, type TransportChoice } from "./own-transport.ts";

/** Options of `fetchModel`. */
export interface FetchModelOptions extends OwnFetchModelOptions, TransportChoice {}

/**
 * Brings a model's files into a folder: from a folder, a mirror of Hugging Face, an OCI registry or an Ollama registry. Each
 * byte is summed up while it is written, a file has its name only when its digest is the one that the source promised, and
 * `inhouse-model.json` beside the files keeps the digests, for `offline` and for checks later. Files that are there and right
 * are not fetched again; what was cut goes on where it stopped, from `FILE.part`. Rejects with `limit` where the disk has no
 * room, `protocol` where the source sends other bytes than it promised, `redirect`, `policy` for names that leave the folder
 * and for pickles, `not-found`, `invalid-request`, `unsupported`, and with the transport's errors.
 */
export async function fetchModel(source: ModelSource, options: FetchModelOptions = {}): Promise<FetchedModel> {
  const { policy: _policy, ...own } = options;
  return await withTransport(options, (transport) => fetchModelWith(source, { ...own, transport }));
}

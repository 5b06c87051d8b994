import type { EndSignal } from "../../../core/call-end.ts";
import { InhouseError } from "../../../core/error.ts";
import type { ListedFile, Listing } from "./listed-file.ts";
import { mirrorAddress } from "./mirror-address.ts";
import type { Mirror } from "./mirror.ts";
import type { OllamaSource } from "./model-source.ts";
import { layerFile, manifestOf, type Layer, type Manifest, type RegistryPlace } from "./registry.ts";

/** A model of a registry, by the parts of its name. */
export interface OllamaModelPlace extends RegistryPlace {
  /** As the registry's host stands in Ollama's names and in the paths of its store. */
  readonly host: string;
}

/** Where a model of Ollama's kind is. Throws `invalid-request` for what is no name of one. */
export function ollamaPlace({ ollama, registry }: OllamaSource): OllamaModelPlace {
  const address = mirrorAddress("registry", registry, "https://registry.example");
  const [, space = "library", model = "", tag = "latest"] =
    /^(?:([\w.-]+)\/)?([\w.-]+)(?::([\w.-]+))?$/.exec(ollama) ?? [];
  if (model === "" || [space, model, tag].some((part) => /^\.+$/.test(part))) {
    throw new InhouseError("invalid-request", `"${ollama}" is not the name of a model of Ollama's registry.`, {
      hint: "Write it without the host: smollm2:135m, or team/model:tag.",
    });
  }
  return { address, host: address.host, repository: `${space}/${model}`, reference: tag };
}

/**
 * The layers of a model: as a GGUF file with its texts, or as Ollama's store has them. Rejects with `unsupported` for a
 * model that has no GGUF file and is not wanted for a store.
 */
export async function ollamaFiles(
  source: OllamaSource,
  place: OllamaModelPlace,
  mirror: Mirror,
  maxRetries: number,
  signal: EndSignal,
): Promise<Listing> {
  const manifest = await manifestOf(mirror, place, maxRetries, signal);
  const model = manifest.layers.find((layer) => kindOf(layer) === "model");
  const file = (layer: Layer, path: string): ListedFile => layerFile(mirror, place, layer, path);
  if (source.layout === "store") return storeListing(place, manifest, model, file);
  if (!model) {
    throw new InhouseError("unsupported", `${source.ollama} has no GGUF file.`, {
      hint: 'It is stored as tensors, or runs in Ollama\'s cloud. For Ollama itself fetch it with layout: "store".',
    });
  }
  const [, name = ""] = place.repository.split("/");
  const prefix = `${name}-${place.reference}`;
  const counts = new Map<string, number>();
  const files = manifest.layers.flatMap((layer) => {
    const ending = endings[kindOf(layer) ?? ""];
    if (ending === undefined) return [];
    const count = (counts.get(ending) ?? 0) + 1;
    counts.set(ending, count);
    return [file(layer, count === 1 ? `${prefix}${ending}` : `${prefix}.${count}${ending}`)];
  });
  return { files, revision: manifest.digest, path: `${prefix}.gguf` };
}

/** What each kind of layer is called as a file, after the model's name. */
const endings: Readonly<Record<string, string>> = {
  model: ".gguf",
  projector: ".mmproj.gguf",
  adapter: ".adapter.gguf",
  template: ".template",
  system: ".system.txt",
  params: ".params.json",
  messages: ".messages.json",
  license: ".license",
};

function storeListing(
  { host, repository, reference }: OllamaModelPlace,
  { config, layers, bytes, digest }: Manifest,
  model: Layer | undefined,
  file: (layer: Layer, path: string) => ListedFile,
): Listing {
  const all = [...(config ? [config] : []), ...layers];
  // A text of two models, or of two layers of one, is one blob.
  const blobs = all.filter((layer, index) => all.findIndex((other) => other.digest === layer.digest) === index);
  return {
    files: blobs.map((layer) => file(layer, blobPath(layer))),
    texts: { [`manifests/${host}/${repository}/${reference}`]: bytes },
    revision: digest,
    path: model ? blobPath(model) : ".",
  };
}

const blobPath = ({ digest }: Layer): string => `blobs/${digest.replace(":", "-")}`;

const kindOf = ({ mediaType }: Layer): string | undefined =>
  /^application\/vnd\.ollama\.image\.([a-z]+)$/.exec(mediaType)?.[1];

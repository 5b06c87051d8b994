import type { EndSignal } from "../../../core/call-end.ts";
import { InhouseError } from "../../../core/error.ts";
import { textAt } from "../../shape/json-file.ts";
import type { Listing } from "./listed-file.ts";
import { mirrorAddress } from "./mirror-address.ts";
import type { Mirror } from "./mirror.ts";
import type { OciSource } from "./model-source.ts";
import { pickFiles, servedPath } from "./pick-files.ts";
import { layerFile, manifestOf, type Layer, type RegistryPlace } from "./registry.ts";
import { checkNames } from "./safe-names.ts";

/** Where a name of an artifact leads. Throws `invalid-request` for what is none. */
export function ociPlace({ oci, insecure = false }: OciSource): RegistryPlace {
  const [, host = "", repository = "", tag = "latest", digest] =
    /^(?:oci:\/\/)?([^/@\s]+)\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::(\w[\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(
      oci,
    ) ?? [];
  if (repository === "") {
    throw new InhouseError("invalid-request", `"${oci}" is not the name of an artifact.`, {
      hint: "Write it like registry.example:5000/models/ministral:3-8b, the registry's host first.",
    });
  }
  const scheme = insecure ? "http" : "https";
  return {
    address: mirrorAddress("oci", `${scheme}://${host}`, "registry.example:5000/models/ministral:3-8b"),
    repository,
    reference: digest ?? tag,
  };
}

/**
 * The files of an artifact: of `oras push` by their titles, of ModelPack by its file paths, of Docker's models by their
 * kind. Rejects with `unsupported` for layers that are packed, since nothing proves the files in them, and for those
 * without a name.
 */
export async function ociFiles(
  source: OciSource,
  place: RegistryPlace,
  mirror: Mirror,
  maxRetries: number,
  signal: EndSignal,
): Promise<Listing> {
  const manifest = await manifestOf(mirror, place, maxRetries, signal);
  const named = manifest.layers.flatMap((layer): (readonly [string, Layer])[] => {
    const name = nameOf(layer);
    return name === undefined ? [] : [[name, layer]];
  });
  if (named.length === 0) {
    throw new InhouseError("unsupported", `${source.oci} has no layer that says which file it is.`, {
      hint: "Push it with `oras push`, which notes the names, or fetch it as an Ollama source if it is one of Ollama's.",
    });
  }
  const names = named.map(([name]) => name);
  checkNames(names, source.oci);
  const picked = pickFiles(names, { ...source, everything: true }, source.oci);
  const files = picked.map((path) => {
    const [, layer] = named.find(([name]) => name === path) ?? [];
    if (!layer) throw new InhouseError("not-found", `${source.oci} has no file ${path}.`);
    if (isPacked(layer)) {
      throw new InhouseError("unsupported", `${path} of ${source.oci} is packed (${layer.mediaType.slice(0, 80)}).`, {
        hint: "Push the files as they are: of ModelPack the `.raw` kinds, of oras files in place of folders.",
      });
    }
    return layerFile(mirror, place, layer, path);
  });
  return { files, revision: manifest.digest, path: servedPath(picked) };
}

function nameOf({ mediaType, annotations }: Layer): string | undefined {
  const title =
    textAt(annotations, "org.cncf.model.filepath") ??
    textAt(annotations, "org.cnai.model.filepath") ??
    textAt(annotations, "org.opencontainers.image.title");
  if (title !== undefined) return title.replace(/^\.\//, "");
  // Docker's models: one GGUF file, and texts.
  if (/^application\/vnd\.docker\.ai\.gguf\b/.test(mediaType)) return "model.gguf";
  if (/^application\/vnd\.docker\.ai\.mmproj\b/.test(mediaType)) return "mmproj.gguf";
  return mediaType === "application/vnd.docker.ai.license" ? "LICENSE" : undefined;
}

const isPacked = ({ mediaType, annotations }: Layer): boolean =>
  /[.+](tar|gzip|zstd)\b/.test(mediaType) || annotations["io.deis.oras.content.unpack"] === "true";

/** A folder of this machine, such as one that came on a disk, or one file of it. */
export interface FolderSource {
  /** The folder of a model's files, or a GGUF file. An `inhouse-model.json` in it says what its files have to be. */
  readonly folder: string;
  /**
   * `copy` them; `link` them hard, which takes no room and needs the same disk; or leave them `in-place`, where only the
   * digests are taken. Default `copy`.
   */
  readonly how?: "copy" | "link" | "in-place";
  /** As of a Hugging Face source. */
  readonly files?: readonly string[];
  readonly quantization?: string;
}

/** A repository of models behind Hugging Face's protocol: a mirror in the house, or the public one. */
export interface HuggingFaceSource {
  /** `organisation/name`. */
  readonly huggingFace: string;
  /** The mirror's address. There is no default, since nothing leaves the house unless told to. */
  readonly endpoint: string;
  /** Branch, tag or commit; it is pinned to the commit. Default `main`. */
  readonly revision?: string;
  /** Names of files, with `*` for any letters. Default: safetensors with configuration and tokenizer, else a GGUF file. */
  readonly files?: readonly string[];
  /** Of several GGUF files the one of this name, such as `Q4_K_M`, with all its parts. */
  readonly quantization?: string;
}

/** An artifact of an OCI registry: of `oras push`, of ModelPack, of Docker's models, or of Ollama's kind. */
export interface OciSource {
  /** `host:port/repository:tag` or `host:port/repository@sha256:…`. */
  readonly oci: string;
  /** The registry speaks HTTP without TLS. Default false. */
  readonly insecure?: boolean;
  readonly files?: readonly string[];
  readonly quantization?: string;
}

/** A model of a registry that speaks as Ollama's does. */
export interface OllamaSource {
  /** As for `ollama pull`, without the host: `smollm2:135m`, `team/model:tag`. */
  readonly ollama: string;
  /** The registry's address. There is no default, since nothing leaves the house unless told to. */
  readonly registry: string;
  /** `files`: a GGUF file and texts, for llama-server. `store`: a folder as `OLLAMA_MODELS` names one. Default `files`. */
  readonly layout?: "files" | "store";
}

/** Where a model comes from. */
export type ModelSource = FolderSource | HuggingFaceSource | OciSource | OllamaSource;

/** What a source is called in messages and in progress. */
export function sourceText(source: ModelSource): string {
  if ("folder" in source) return source.folder;
  if ("huggingFace" in source) return source.huggingFace;
  return "oci" in source ? source.oci : source.ollama;
}

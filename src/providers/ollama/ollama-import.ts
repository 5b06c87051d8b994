import { basename } from "node:path";

import { InhouseError } from "../../core/error.ts";
import type { PinnedFile } from "../../deploy/files/pinned-file.ts";
import type { ModelShape } from "../../deploy/shape/model-shape.ts";
import type { OnProgress } from "../../deploy/work-progress.ts";
import { numberOf, objectOf, stringOf } from "../../http/json.ts";
import type { OllamaProvider } from "./index.ts";
import type { OllamaModelDefinition } from "./ollama-library.ts";

/** What a model in Ollama's store is made of, beside its file. */
export type OllamaImportDefinition = Omit<OllamaModelDefinition, "model" | "from" | "files" | "quantize">;

/** A model as Ollama has it, after it was compared with the file. */
export interface ImportedModel {
  readonly name: string;
  /** Of the file in the store: `sha256:…`. */
  readonly digest: string;
  /** As Ollama calls it: `Q4_K_M`. */
  readonly quantization: string;
  readonly parameters: number;
}

/**
 * Brings a GGUF file into Ollama's store, unless it is there, makes a model of it, and compares what `/api/show` tells with the file.
 * Rejects with `unsupported` for a model in several files, `protocol` where Ollama has made something else of it, and as
 * `uploadBlob` and `create` do.
 */
export async function importIntoOllama(
  ollama: OllamaProvider,
  { file, shape }: { readonly file: PinnedFile; readonly shape: ModelShape },
  name: string,
  definition: OllamaImportDefinition & { readonly onProgress?: OnProgress },
): Promise<ImportedModel> {
  const { onProgress, ...rest } = definition;
  const { signal } = rest;
  if (shape.sources.length > 1) {
    throw new InhouseError("unsupported", "Ollama takes a model in one file.", {
      hint: "Put the parts together: llama-gguf-split --merge FIRST-PART.gguf MODEL.gguf.",
    });
  }
  const digest = `sha256:${file.sha256}`;
  await ollama.uploadBlob(file.path, {
    digest,
    ...(signal ? { signal } : {}),
    ...(onProgress
      ? {
          onBytes: (done: number) =>
            onProgress({
              task: `uploading ${basename(file.path)} to Ollama`,
              done,
              total: file.sizeBytes,
              unit: "bytes" as const,
            }),
        }
      : {}),
  });
  for await (const { status } of ollama.create({ ...rest, model: name, files: { [basename(file.path)]: digest } })) {
    onProgress?.({ task: `Ollama: ${status}` });
  }
  return { name, digest, ...compared(await ollama.show(name, signal), shape) };
}

/** What Ollama says of the model, where it is what the file says. */
function compared(
  shown: Readonly<Record<string, unknown>>,
  { quantization, parameters, architecture }: ModelShape,
): Pick<ImportedModel, "quantization" | "parameters"> {
  const info = objectOf(shown["model_info"]);
  const told = {
    quantization: stringOf(objectOf(shown["details"])["quantization_level"]),
    parameters: numberOf(info["general.parameter_count"]),
    architecture: stringOf(info["general.architecture"]),
  };
  const file = { quantization: quantization.name, parameters: parameters?.total, architecture };
  for (const key of ["quantization", "parameters", "architecture"] as const) {
    if (told[key] === file[key]) continue;
    throw new InhouseError("protocol", `Ollama shows ${key} ${told[key]}, and the file has ${file[key]}.`, {
      provider: "ollama",
      hint: "Delete the model, and look at Ollama's log.",
    });
  }
  return { quantization: file.quantization, parameters: file.parameters ?? 0 };
}

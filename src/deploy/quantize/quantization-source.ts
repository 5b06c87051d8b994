import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";

import { quoted } from "../../core/command-line.ts";
import { InhouseError } from "../../core/error.ts";
import { fileFailure, fileSource } from "../shape/file-source.ts";
import { readGgufModel } from "../shape/gguf-model.ts";
import type { ModelShape } from "../shape/model-shape.ts";
import { isQuantizedType } from "./quantized-mixture.ts";

/**
 * Reads the model that a program of llama.cpp is to work on, and has the commands at hand that make a GGUF file of a folder.
 * Rejects with `not-found`, `invalid-request` for what is no model, and `unsupported` for a folder.
 */
export async function sourceShape(
  source: string,
  {
    program,
    type,
    signal,
  }: { readonly program: string; readonly type?: string; readonly signal?: AbortSignal | undefined },
): Promise<ModelShape> {
  if (/^https?:\/\//.test(source)) {
    throw new InhouseError("invalid-request", `${program} reads files, not addresses.`, {
      hint: "Download the model, and name its path.",
    });
  }
  const stats = await stat(source).catch((error: unknown) => Promise.reject(fileFailure(source, error)));
  if (stats.isDirectory()) throw convertFirst(source, program, type);
  const shape = await readGgufModel(resolve(source), fileSource, signal ? { signal } : {});
  if (shape.architecture !== undefined) return shape;
  throw new InhouseError("invalid-request", `${source} is no model: it names no architecture.`, {
    hint: "Name the model's own file: importance matrices and adapters are GGUF files too.",
  });
}

/** The converter is a Python script of llama.cpp's tree, which nothing here runs. */
function convertFirst(folder: string, program: string, type: string | undefined): InhouseError {
  const name = basename(resolve(folder));
  const wide = `${name}-BF16.gguf`;
  const capitals = type?.toUpperCase();
  return new InhouseError("unsupported", `${folder} is a folder, and ${program} reads GGUF files.`, {
    hint: [
      "Convert it first, in llama.cpp's folder:",
      `python convert_hf_to_gguf.py ${quoted(folder)} --outtype bf16 --outfile ${quoted(wide)}`,
      ...(capitals === undefined
        ? []
        : [`llama-quantize ${quoted(wide)} ${quoted(`${name}-${capitals}.gguf`)} ${capitals}`]),
    ].join("\n"),
  });
}

/** Whether the source is quantized already. Throws `invalid-request` where that is so and was not allowed. */
export function isRequantized(
  { tensors, quantization }: ModelShape,
  { allowRequantize = false }: { readonly allowRequantize?: boolean | undefined },
): boolean {
  if (!tensors.some(({ type }) => isQuantizedType(type))) return false;
  if (allowRequantize) return true;
  throw new InhouseError("invalid-request", `The source is quantized to ${quantization.name} already.`, {
    hint: "Take the file of 16 bits, or set allowRequantize, which costs quality.",
  });
}

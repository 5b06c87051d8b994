import {
  makeImatrix as makeImatrixWith,
  type ImatrixOptions,
  type MadeImatrix,
} from "../deploy/quantize/make-imatrix.ts";
import type { QuantizeOptions } from "../deploy/quantize/quantize-options.ts";
import { quantize as quantizeWith } from "../deploy/quantize/quantize.ts";
import type { QuantizedModel } from "../deploy/quantize/quantized-model.ts";

/** Where variables are looked up, `PATH` of programs above all. */
export interface EnvironmentOptions {
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Makes a GGUF file smaller with `llama-quantize`, reads back what came, and only then gives it its name: after an error or
 * an abort there is nothing but what was there before. Rejects with `not-found` without the program or the source,
 * `invalid-request` for a type that is not known or needs an importance matrix, a source that is quantized already and a
 * target that is there, `unsupported` for a folder of safetensors, `limit` where the disk has too little room, `server`
 * where the program fails or makes something else, and as `makeImatrix` does where the matrix is to be made of a text.
 */
export async function quantize(
  source: string,
  type: string,
  { env = process.env, ...options }: QuantizeOptions & EnvironmentOptions = {},
): Promise<QuantizedModel> {
  return await quantizeWith(source, type, options, env);
}

/**
 * Makes an importance matrix of a model with `llama-imatrix`: what `quantize` takes to know which weights matter. The model reads
 * the text once, which takes as long as reading does. After an error or an abort there is nothing but what was there before. Rejects
 * with `not-found` without the program, the model or the text, `invalid-request` for a text of too few tokens, a file that is no
 * model and a target that is there, `unsupported` for a folder of safetensors, and `server` where the program fails.
 */
export async function makeImatrix(
  model: string,
  { env = process.env, ...options }: ImatrixOptions & EnvironmentOptions,
): Promise<MadeImatrix> {
  return await makeImatrixWith(model, options, env);
}

import { basename, dirname, join, resolve } from "node:path";

import { checkOptions } from "../../core/check-options.ts";
import { abortError, isInhouseError } from "../../core/error.ts";
import { pinFile } from "../files/pin-files.ts";
import type { PinnedFile } from "../files/pinned-file.ts";
import { findProgram, type ProgramPlaces } from "../launch/find-program.ts";
import { fileSource } from "../shape/file-source.ts";
import type { ModelShape } from "../shape/model-shape.ts";
import {
  knownToLlamaQuantize,
  llamaProgramsHint,
  runLlamaQuantize,
  type LlamaQuantizeChoice,
} from "./llama-quantize.ts";
import { makeImatrix } from "./make-imatrix.ts";
import { partFolder, refuseExisting, type PartFolder } from "./part-folder.ts";
import type { QuantizationPrediction } from "./predict-quantization.ts";
import { choiceOf, predictedOf } from "./quantization-choice.ts";
import { isRequantized, sourceShape } from "./quantization-source.ts";
import { diskWasFull, quantizationTargets, refuseFullDisk } from "./quantization-targets.ts";
import { quantizeOptionNames, type QuantizeOptions } from "./quantize-options.ts";
import { mixtureNamed, mixtureWarnings } from "./quantized-mixture.ts";
import { checkQuantized, tensorsByType, type QuantizedModel } from "./quantized-model.ts";

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
  options: QuantizeOptions,
  env: ProgramPlaces["env"],
): Promise<QuantizedModel> {
  checkOptions("quantize", options, quantizeOptionNames);
  const { signal, onProgress, overwrite = false } = options;
  if (signal?.aborted) throw abortError(signal);
  const shape = await sourceShape(source, { program: "llama-quantize", type, signal });
  const program = resolve(await findProgram("llama-quantize", llamaProgramsHint, { programs: options.programs, env }));
  const running = { program, env, signal, onProgress };
  const mixture = mixtureNamed(type, await knownToLlamaQuantize(running));
  const choice = choiceOf(mixture, options, shape.sources.length > 1);
  const requantizes = isRequantized(shape, choice);
  const hasMatrix = options.imatrix !== undefined;
  const prediction = predictedOf(shape, choice, hasMatrix);
  const { targets, given } = quantizationTargets(shape.sources, mixture, {
    target: options.target,
    keepSplit: choice.keepSplit,
  });
  if (!overwrite) await refuseExisting(targets);
  await refuseFullDisk(dirname(targets[0]), prediction?.fileBytes ?? shape.fileBytes ?? 0);
  const matrix = await matrixOf(source, options, env);
  const folder = await partFolder(targets[0], env);
  try {
    const made = targets.map((path) => join(folder.path, basename(path)));
    const told = { ...choice, imatrix: matrix.path };
    const announced = await run(shape, join(folder.path, given), told, running, folder, prediction);
    const expectation = { source: shape, mixture, prediction, announced, hasMatrix };
    const { shape: result, warnings, imatrix } = await checkQuantized(made[0] ?? "", expectation, signal);
    const files: PinnedFile[] = [];
    for (const [part, path] of targets.entries()) {
      files.push({ ...(await pinFile(made[part] ?? path, { signal, onProgress })), path });
    }
    await folder.install(targets, overwrite);
    const [file = { path: targets[0], sizeBytes: 0, sha256: "" }] = files;
    return {
      path: file.path,
      type: mixture,
      file,
      files,
      sourceBytes: shape.fileBytes ?? 0,
      fileBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      bitsPerWeight: result.quantization.bitsPerWeight ?? 0,
      tensors: tensorsByType(result.tensors),
      ...(imatrix && matrix.path !== undefined ? { imatrix: { path: matrix.path, ...imatrix } } : {}),
      warnings: [
        ...mixtureWarnings(mixture, { importanceMatrix: hasMatrix, requantizes }),
        ...matrix.warnings,
        ...warnings,
      ],
    };
  } finally {
    await folder.remove();
  }
}

/** The importance matrix: the file that is named, or one that is made of a text. */
async function matrixOf(
  source: string,
  { imatrix, threads, programs, signal, onProgress }: QuantizeOptions,
  env: ProgramPlaces["env"],
): Promise<{ readonly path?: string; readonly warnings: readonly string[] }> {
  if (imatrix === undefined) return { warnings: [] };
  if (typeof imatrix === "object") {
    const shared = { threads, programs, signal, onProgress };
    const given = Object.fromEntries(Object.entries(shared).filter(([, value]) => value !== undefined));
    return await makeImatrix(source, { ...imatrix, ...given }, env);
  }
  await (await fileSource(imatrix)).close();
  return { path: resolve(imatrix), warnings: [] };
}

/** Runs the program; a failure for lack of room is told as that. */
async function run(
  shape: ModelShape,
  to: string,
  choice: LlamaQuantizeChoice,
  running: Parameters<typeof runLlamaQuantize>[3],
  folder: PartFolder,
  prediction: QuantizationPrediction | undefined,
) {
  try {
    return await runLlamaQuantize(shape.sources[0] ?? "", to, choice, running);
  } catch (error) {
    if (!isInhouseError(error) || error.code !== "server" || !/iostream error|[Nn]o space left/.test(error.message))
      throw error;
    throw await diskWasFull(folder.path, prediction?.fileBytes, error);
  }
}

import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import { checkOptions } from "../../core/check-options.ts";
import { abortError, InhouseError, isInhouseError } from "../../core/error.ts";
import { pinFile } from "../files/pin-files.ts";
import type { PinnedFile } from "../files/pinned-file.ts";
import { findProgram, type ProgramPlaces } from "../launch/find-program.ts";
import { quoted } from "../plan/plan-words.ts";
import { fileFailure, fileSource } from "../shape/file-source.ts";
import { readGgufModel } from "../shape/gguf-model.ts";
import type { ModelShape } from "../shape/model-shape.ts";
import type { OnProgress } from "../work-progress.ts";
import type { GgufMixture } from "./gguf-mixtures.ts";
import {
  knownToLlamaQuantize,
  llamaProgramsHint,
  runLlamaQuantize,
  type LlamaQuantizeChoice,
} from "./llama-quantize.ts";
import { partFolder, refuseExisting, type PartFolder } from "./part-folder.ts";
import { predictQuantization, type QuantizationPrediction } from "./predict-quantization.ts";
import { diskWasFull, quantizationTargets, refuseFullDisk } from "./quantization-targets.ts";
import {
  isQuantizedType,
  mixtureNamed,
  mixtureWarnings,
  tensorInNeedOfMatrix,
  tensorTypeNamed,
} from "./quantized-mixture.ts";
import { checkQuantized, tensorsByType, type QuantizedModel } from "./quantized-model.ts";

/** Options of `quantize`. */
export interface QuantizeOptions {
  /** The file to be made. Default: beside the source, named after it and the type. Its folder has to be there. */
  readonly target?: string;
  /** Replace a target that is there. Default false: it is refused. */
  readonly overwrite?: boolean;
  /** An importance matrix of the same model, as `makeImatrix` makes it: better answers, and needed below three bits. */
  readonly imatrix?: string;
  /** One type for all tensors that are quantized, and no mixture. Default false. */
  readonly pure?: boolean;
  /** A tensor type for the output layer, such as `Q8_0`. */
  readonly outputTensorType?: string;
  /** A tensor type for the embeddings. */
  readonly tokenEmbeddingType?: string;
  /** Parts remain parts, of which the target names the model: `model-Q4_0.gguf` makes `model-Q4_0-00001-of-00003.gguf`. Default false: they become one file. */
  readonly keepSplit?: boolean;
  /** Allow a source that is quantized already, which costs quality. Default false. */
  readonly allowRequantize?: boolean;
  /** Default: the program's own, all cores. */
  readonly threads?: number;
  /** Paths of programs that are not on `PATH`: `llama-quantize`. */
  readonly programs?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

const optionNames: Record<keyof QuantizeOptions, true> = {
  target: true,
  overwrite: true,
  imatrix: true,
  pure: true,
  outputTensorType: true,
  tokenEmbeddingType: true,
  keepSplit: true,
  allowRequantize: true,
  threads: true,
  programs: true,
  signal: true,
  onProgress: true,
};

/**
 * Makes a GGUF file smaller with `llama-quantize`, reads back what came, and only then gives it its name: after an error or
 * an abort there is nothing but what was there before. Rejects with `not-found` without the program or the source,
 * `invalid-request` for a type that is not known or needs an importance matrix, a source that is quantized already and a
 * target that is there, `unsupported` for a folder of safetensors, `limit` where the disk has too little room, and `server`
 * where the program fails or makes something else.
 */
export async function quantize(
  source: string,
  type: string,
  options: QuantizeOptions,
  env: ProgramPlaces["env"],
): Promise<QuantizedModel> {
  checkOptions("quantize", options, optionNames);
  const { signal, onProgress, overwrite = false } = options;
  if (signal?.aborted) throw abortError(signal);
  const shape = await sourceShape(source, type, signal);
  const program = resolve(await findProgram("llama-quantize", llamaProgramsHint, { programs: options.programs, env }));
  const running = { program, env, signal, onProgress };
  const mixture = mixtureNamed(type, await knownToLlamaQuantize(running));
  const choice = await choiceOf(mixture, options, shape.sources.length > 1);
  const requantizes = refuseQuantized(shape, choice);
  const prediction = predictedOf(shape, choice);
  const { targets, given } = quantizationTargets(shape.sources, mixture, {
    target: options.target,
    keepSplit: choice.keepSplit,
  });
  if (!overwrite) await refuseExisting(targets);
  await refuseFullDisk(dirname(targets[0]), prediction?.fileBytes ?? shape.fileBytes ?? 0);
  const folder = await partFolder(targets[0], env);
  try {
    const made = targets.map((path) => join(folder.path, basename(path)));
    const announced = await run(shape, join(folder.path, given), choice, running, folder, prediction);
    const { shape: result, warnings } = await checkQuantized(
      made[0] ?? "",
      { source: shape, mixture, prediction, announced },
      signal,
    );
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
      warnings: [
        ...mixtureWarnings(mixture, { importanceMatrix: choice.imatrix !== undefined, requantizes }),
        ...warnings,
      ],
    };
  } finally {
    await folder.remove();
  }
}

async function sourceShape(source: string, type: string, signal: AbortSignal | undefined): Promise<ModelShape> {
  if (/^https?:\/\//.test(source)) {
    throw new InhouseError("invalid-request", "llama-quantize reads files, not addresses.", {
      hint: "Download the model, and name its path.",
    });
  }
  const stats = await stat(source).catch((error: unknown) => Promise.reject(fileFailure(source, error)));
  if (stats.isDirectory()) throw convertFirst(source, type);
  return await readGgufModel(resolve(source), fileSource, signal ? { signal } : {});
}

/** The converter is a Python script of llama.cpp's tree, which nothing here runs. */
function convertFirst(folder: string, type: string): InhouseError {
  const wide = `${basename(resolve(folder))}-BF16.gguf`;
  const made = `${basename(resolve(folder))}-${type.toUpperCase()}.gguf`;
  return new InhouseError("unsupported", `${folder} is a folder, and llama-quantize reads GGUF files.`, {
    hint: [
      "Convert it first, in llama.cpp's folder:",
      `python convert_hf_to_gguf.py ${quoted(folder)} --outtype bf16 --outfile ${quoted(wide)}`,
      `llama-quantize ${quoted(wide)} ${quoted(made)} ${type.toUpperCase()}`,
    ].join("\n"),
  });
}

async function choiceOf(
  mixture: GgufMixture,
  options: QuantizeOptions,
  isSplit: boolean,
): Promise<LlamaQuantizeChoice> {
  const { imatrix, outputTensorType, tokenEmbeddingType, threads, pure, keepSplit, allowRequantize } = options;
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1)) {
    throw new InhouseError("invalid-request", "quantize: threads: expected a whole number from 1 on.");
  }
  if (imatrix !== undefined) await (await fileSource(imatrix)).close();
  return {
    mixture,
    pure,
    keepSplit: keepSplit && isSplit, // of one file it would make one part of one
    allowRequantize,
    threads,
    imatrix: imatrix === undefined ? undefined : resolve(imatrix),
    outputTensorType:
      outputTensorType === undefined ? undefined : tensorTypeNamed("outputTensorType", outputTensorType),
    tokenEmbeddingType:
      tokenEmbeddingType === undefined ? undefined : tensorTypeNamed("tokenEmbeddingType", tokenEmbeddingType),
  };
}

/** Whether the source is quantized already, which has to be allowed. */
function refuseQuantized({ tensors, quantization }: ModelShape, { allowRequantize }: LlamaQuantizeChoice): boolean {
  if (!tensors.some(({ type }) => isQuantizedType(type))) return false;
  if (allowRequantize) return true;
  throw new InhouseError("invalid-request", `The source is quantized to ${quantization.name} already.`, {
    hint: "Take the file of 16 bits, or set allowRequantize, which costs quality.",
  });
}

function predictedOf(shape: ModelShape, choice: LlamaQuantizeChoice): QuantizationPrediction | undefined {
  const { mixture, imatrix, pure, outputTensorType, tokenEmbeddingType } = choice;
  const prediction = predicted(shape, mixture, {
    importanceMatrix: imatrix !== undefined,
    ...(pure === undefined ? {} : { pure }),
    ...(outputTensorType === undefined ? {} : { outputTensorType }),
    ...(tokenEmbeddingType === undefined ? {} : { tokenEmbeddingType }),
  });
  const needs = prediction && imatrix === undefined ? tensorInNeedOfMatrix(prediction) : undefined;
  if (!needs) return prediction;
  throw new InhouseError(
    "invalid-request",
    `${mixture} needs an importance matrix: ${needs.name} becomes ${needs.type}.`,
    {
      hint: "Make one with makeImatrix(), and set imatrix; or take Q2_K, Q3_K_M or more.",
    },
  );
}

/** Nothing for an architecture whose rules are not known; what llama-quantize refuses is refused here. */
function predicted(...[shape, mixture, options]: Parameters<typeof predictQuantization>) {
  try {
    return predictQuantization(shape, mixture, options);
  } catch (error) {
    if (isInhouseError(error) && error.code === "unsupported" && /--dry-run/.test(error.hint)) return undefined;
    throw error;
  }
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

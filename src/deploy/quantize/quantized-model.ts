import { InhouseError } from "../../core/error.ts";
import type { PinnedFile } from "../files/pinned-file.ts";
import { fileSource } from "../shape/file-source.ts";
import { readGgufModel } from "../shape/gguf-model.ts";
import { readGguf, type GgufFile } from "../shape/gguf.ts";
import type { ModelShape } from "../shape/model-shape.ts";
import type { TensorInfo } from "../shape/tensor-info.ts";
import { ggufMixtureOf, type GgufMixture } from "./gguf-mixtures.ts";
import type { Announced } from "./llama-quantize.ts";
import type { QuantizationPrediction } from "./predict-quantization.ts";

/** A model that was quantized, and read back to see that it is what was asked for. */
export interface QuantizedModel {
  /** The file, or the first of several: what a server is given. */
  readonly path: string;
  readonly type: GgufMixture;
  readonly file: PinnedFile;
  /** All files in order; one, unless the parts of the source were kept. */
  readonly files: readonly PinnedFile[];
  /** Of all files of the source. */
  readonly sourceBytes: number;
  readonly fileBytes: number;
  /** On average over all tensors. */
  readonly bitsPerWeight: number;
  /** How many tensors are of each type, the most first. */
  readonly tensors: Readonly<Record<string, number>>;
  /** The importance matrix that it was made with; absent without one. */
  readonly imatrix?: UsedImatrix & { readonly path: string };
  readonly warnings: readonly string[];
}

/** The importance matrix that a model was made with, as the model's file tells it. */
export interface UsedImatrix {
  /** Tensors that it has data of. */
  readonly tensors: number;
  /** Chunks of text that it was made of; absent where the matrix does not tell. */
  readonly chunks?: number;
}

/** What a quantized model is checked against. */
export interface QuantizationExpectation {
  readonly source: ModelShape;
  readonly mixture: GgufMixture;
  /** Absent where the architecture's rules are not known. */
  readonly prediction: QuantizationPrediction | undefined;
  readonly announced: Announced;
  /** An importance matrix was given. */
  readonly hasMatrix: boolean;
}

/** What was found in files that pass. */
export interface CheckedQuantization {
  readonly shape: ModelShape;
  readonly imatrix?: UsedImatrix;
  readonly warnings: readonly string[];
}

/** Bytes that the description of a model may differ by, whatever its size: keys that are added, and parts that are put together. */
const descriptionBytes = 65_536;

/**
 * Reads a quantized model and compares it with what was asked: the type and shape of each tensor, its size, and the metadata of
 * the source, lists of more than 1,024 values by their length. Rejects with `server` where it is something else.
 */
export async function checkQuantized(
  path: string,
  { source, mixture, prediction, announced, hasMatrix }: QuantizationExpectation,
  signal: AbortSignal | undefined,
): Promise<CheckedQuantization> {
  const shape = await readGgufModel(path, fileSource, signal ? { signal } : {}).catch((cause: unknown) => {
    throw isAbort(cause) ? cause : wrong("its file cannot be read", cause);
  });
  const metadata = await metadataOf(path, signal);
  await checkMetadata(metadata, source, mixture, signal);
  const imatrix = hasMatrix ? usedImatrix(metadata) : undefined;
  const expected = prediction?.shape.tensors ?? source.tensors;
  const warnings = checkTensors(shape.tensors, expected, prediction ? announced.types : undefined);
  if (prediction) {
    const { weightBytes, fileBytes, errorFraction } = prediction;
    const allowed = Math.max(fileBytes * errorFraction, descriptionBytes);
    if (
      warnings.length === 0 &&
      (shape.weightBytes !== weightBytes || isFarFrom(shape.fileBytes, fileBytes, allowed))
    ) {
      throw wrong(`it has ${shape.fileBytes} bytes, and ${fileBytes} were expected`);
    }
  }
  return {
    shape,
    ...(imatrix ? { imatrix } : {}),
    warnings: [
      ...warnings,
      ...withoutDataWarnings(announced),
      ...(prediction
        ? []
        : [`How "${source.architecture}" is quantized is not known here: its tensors' types were not checked.`]),
    ],
  };
}

/** How many tensors are of each type, the most first. */
export function tensorsByType(tensors: readonly TensorInfo[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { type } of tensors) counts.set(type, (counts.get(type) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted((a, b) => b[1] - a[1]));
}

const isFarFrom = (bytes: number | undefined, expected: number, allowed: number): boolean =>
  bytes === undefined || Math.abs(bytes - expected) > allowed;

const isAbort = (error: unknown): boolean => error instanceof InhouseError && error.code === "abort";

/** Another type than predicted is a warning where the program said that it gives just that, and else an error. */
function checkTensors(
  made: readonly TensorInfo[],
  expected: readonly TensorInfo[],
  announced: Announced["types"] | undefined,
): readonly string[] {
  const found = new Map(made.map((tensor) => [tensor.name, tensor]));
  if (found.size !== expected.length) throw wrong(`it has ${found.size} tensors, and the source ${expected.length}`);
  const otherwise: string[] = [];
  for (const { name, type, shape } of expected) {
    const tensor = found.get(name);
    if (!tensor) throw wrong(`the tensor ${name} is missing`);
    if (tensor.shape.join() !== shape.join()) throw wrong(`the tensor ${name} has another shape`);
    if (!announced || tensor.type === type) continue;
    if (announced.get(name) !== tensor.type)
      throw wrong(`the tensor ${name} is of type ${tensor.type}, and not ${type}`);
    otherwise.push(`${name} is ${tensor.type}, not ${type}`);
  }
  if (otherwise.length === 0) return [];
  return [
    `This llama-quantize chose other types than llama.cpp b11434 for ${otherwise.length} tensors: ${otherwise[0]}.`,
  ];
}

/** Keys that quantizing writes, and those that tell of parts. */
const written = /^(general\.(file_type|quantization_version)|quantize\.imatrix\..*|split\..*)$/;

async function checkMetadata(
  after: GgufFile["metadata"],
  source: ModelShape,
  mixture: GgufMixture,
  signal: AbortSignal | undefined,
): Promise<void> {
  const before = await metadataOf(source.sources[0] ?? "", signal);
  for (const [key, value] of before) {
    if (written.test(key) || JSON.stringify(after.get(key)) === JSON.stringify(value)) continue;
    throw wrong(`its "${key}" is not the source's`);
  }
  const fileType = after.get("general.file_type");
  const named = typeof fileType === "number" ? ggufMixtureOf(fileType) : undefined;
  if (named !== mixture) throw wrong(`it calls itself ${named ?? "of no known type"}`);
}

/** What llama-quantize writes down of the matrix that it took. */
function usedImatrix(metadata: GgufFile["metadata"]): UsedImatrix {
  const [tensors, chunks] = ["entries", "chunks"].map((what) => metadata.get(`quantize.imatrix.${what}_count`));
  if (typeof tensors !== "number" || tensors < 1) throw wrong("it was made without the importance matrix");
  return { tensors, ...(typeof chunks === "number" ? { chunks } : {}) };
}

/** llama-imatrix collects none for the embeddings and the output layer unless it is told to. */
function withoutDataWarnings({ withoutData }: Announced): readonly string[] {
  const [first, ...more] = [...withoutData].filter((name) => !/^(token_embd|output)\.weight$/.test(name));
  if (first === undefined) return [];
  return [`The importance matrix has nothing for ${first}${more.length > 0 ? ` and ${more.length} others` : ""}.`];
}

async function metadataOf(path: string, signal: AbortSignal | undefined): Promise<GgufFile["metadata"]> {
  const opened = await fileSource(path);
  try {
    return (await readGguf(opened, signal)).metadata;
  } finally {
    await opened.close();
  }
}

const wrong = (what: string, cause?: unknown): InhouseError =>
  new InhouseError("server", `llama-quantize made a model that is not what was asked for: ${what}.`, {
    retryable: false,
    hint: "Nothing was kept. Is it the program of llama.cpp, and did the disk hold out?",
    ...(cause === undefined ? {} : { cause }),
  });

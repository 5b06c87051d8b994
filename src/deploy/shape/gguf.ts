import { InhouseError } from "../../core/error.ts";
import { byteCursor, type ByteCursor } from "./byte-cursor.ts";
import type { ByteSource } from "./byte-source.ts";
import { readMetadata, readText, type GgufValue } from "./gguf-metadata.ts";
import { ggufBytes, ggufTypeOf } from "./gguf-types.ts";
import { malformed } from "./malformed.ts";
import type { TensorInfo } from "./tensor-info.ts";

/** What a GGUF file says before its tensors' data: one file of a model, or all of it. */
export interface GgufFile {
  readonly name: string;
  /** 2 or 3. */
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly TensorInfo[];
  /** Bytes from the start to the end of the tensors' descriptions; the data begin at the next multiple of `alignment`. */
  readonly headerBytes: number;
  readonly alignment: number;
  /** How long the file is by what it says of its tensors. */
  readonly sizeBytes: number;
}

const maxHeaderBytes = 268_435_456;
const maxTensors = 262_144;
const maxNameBytes = 256;

/**
 * Reads what stands before the tensors' data, and none of these. Throws `invalid-request` for a file that is damaged or
 * shorter than its tensors need, `unsupported` for version 1 and for one of a big-endian machine, `limit` for a
 * description of more than 256 MiB.
 */
export async function readGguf(source: ByteSource, signal?: AbortSignal): Promise<GgufFile> {
  const { name } = source;
  const cursor = byteCursor(source, maxHeaderBytes, signal);
  const version = await readVersion(cursor, name);
  await cursor.need(16, "its first bytes");
  const tensorCount = cursor.count64("the number of tensors");
  const pairs = cursor.count64("the number of metadata entries");
  if (tensorCount > maxTensors) throw malformed(name, `it claims ${tensorCount} tensors`);
  const metadata = await readMetadata(cursor, pairs, name);
  const alignment = metadata.get("general.alignment") ?? 32;
  if (typeof alignment !== "number" || alignment < 1 || !Number.isInteger(Math.log2(alignment))) {
    throw malformed(name, "its alignment is not a power of two");
  }
  const tensors = await readTensors(cursor, tensorCount, alignment, name);
  const headerBytes = cursor.position;
  const dataBytes = tensors.reduce((sum, { bytes }) => sum + padded(bytes, alignment), 0);
  const last = tensors.at(-1);
  const lastPad = last ? padded(last.bytes, alignment) - last.bytes : 0;
  const sizeBytes = last ? padded(headerBytes, alignment) + dataBytes : headerBytes;
  if (!Number.isSafeInteger(sizeBytes)) throw malformed(name, "its tensors are impossibly large");
  if (source.sizeBytes !== undefined && source.sizeBytes < sizeBytes - lastPad) {
    throw malformed(
      name,
      `its tensors need ${sizeBytes} bytes, and the file has ${source.sizeBytes}`,
      "Get the file again: the download was cut.",
    );
  }
  return { name, version, metadata, tensors, headerBytes, alignment, sizeBytes };
}

async function readVersion(cursor: ByteCursor, name: string): Promise<number> {
  await cursor.need(8, "its first bytes");
  if (cursor.text(4) !== "GGUF") throw malformed(name, "this is not a GGUF file");
  const version = cursor.uint32();
  if (version === 2 || version === 3) return version;
  if (version !== 1 && (version & 0xffff) !== 0) throw malformed(name, `GGUF version ${version} is not known`);
  const what = version === 1 ? "is of GGUF version 1" : "was written for a big-endian machine";
  throw new InhouseError("unsupported", `${name} ${what}, which llama.cpp does not read either.`, {
    hint: "Convert the model anew with llama.cpp's convert_hf_to_gguf.py.",
  });
}

async function readTensors(
  cursor: ByteCursor,
  count: number,
  alignment: number,
  name: string,
): Promise<readonly TensorInfo[]> {
  const tensors: TensorInfo[] = [];
  const names = new Set<string>();
  let expected = 0;
  for (let index = 0; index < count; index += 1) {
    const tensor = await readText(cursor, maxNameBytes, `the name of tensor ${index}`, name);
    if (names.has(tensor)) throw malformed(name, `the tensor "${tensor}" stands in it twice`);
    names.add(tensor);
    const { offset, ...info } = await readTensor(cursor, tensor, name);
    if (offset !== expected) throw malformed(name, `the data of "${tensor}" do not follow those before them`);
    expected += padded(info.bytes, alignment);
    tensors.push(info);
  }
  return tensors;
}

async function readTensor(cursor: ByteCursor, tensor: string, name: string): Promise<TensorInfo & { offset: number }> {
  const within = `the description of "${tensor}"`;
  await cursor.need(4, within);
  const dimensions = cursor.uint32();
  if (dimensions > 4) throw malformed(name, `"${tensor}" has ${dimensions} dimensions`);
  await cursor.need(dimensions * 8 + 12, within);
  const shape = Array.from({ length: dimensions }, () => cursor.count64(`a dimension of "${tensor}"`));
  const number = cursor.uint32();
  const offset = cursor.count64(`the place of "${tensor}"`);
  const type = ggufTypeOf(number);
  if (!type) {
    throw malformed(
      name,
      `"${tensor}" is of tensor type ${number}, which is not known`,
      "It is of a newer or a much older llama.cpp, or damaged.",
    );
  }
  const parameters = shape.reduce((product, length) => product * length, 1);
  if (!Number.isSafeInteger(parameters)) throw malformed(name, `"${tensor}" is impossibly large`);
  if ((shape[0] ?? 1) % type.blockValues !== 0) {
    throw malformed(name, `the rows of "${tensor}" are no whole blocks of ${type.name}`);
  }
  return { name: tensor, type: type.name, shape, parameters, bytes: ggufBytes(type, shape), offset };
}

/** The next multiple of an alignment. */
export const padded = (bytes: number, alignment: number): number => Math.ceil(bytes / alignment) * alignment;

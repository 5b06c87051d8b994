import { InhouseError } from "../../core/error.ts";
import type { ByteSource } from "./byte-source.ts";
import { isRecord, listAt, parseJson, recordAt, textAt, type JsonRecord } from "./json-file.ts";
import { endsEarly, malformed } from "./malformed.ts";
import type { TensorInfo } from "./tensor-info.ts";

/** What a safetensors file says before its tensors' data. */
export interface SafetensorsFile {
  readonly name: string;
  readonly tensors: readonly TensorInfo[];
  /** What its writer noted, such as `format: pt`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** How long the file is by what it says. */
  readonly sizeBytes: number;
}

/** The format's own bound. */
const maxHeaderBytes = 100_000_000;
const maxTensors = 1_048_576;

/** Bits of a value (safetensors 0.7). F4 and F6 are packed; F8_E8M0 are scales. */
const bits: Readonly<Record<string, number>> = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
};

/**
 * Reads what stands before the tensors' data, and none of these. Throws `invalid-request` for a file that is damaged or
 * shorter than its tensors need, `limit` for a description of more than 100 MB.
 */
export async function readSafetensors(source: ByteSource, signal?: AbortSignal): Promise<SafetensorsFile> {
  const { name } = source;
  const start = await source.read(0, 8, signal);
  if (start.length < 8) throw endsEarly(name, start.length, "the length of its description");
  const length = Buffer.from(start).readBigUInt64LE();
  if (length > BigInt(maxHeaderBytes)) {
    const stored = source.sizeBytes !== undefined && length > BigInt(source.sizeBytes);
    if (stored) throw malformed(name, "this is not a safetensors file: its description would be longer than the file");
    throw new InhouseError("limit", `${name}: its description is longer than ${maxHeaderBytes} bytes.`);
  }
  const headerLength = Number(length);
  const bytes = await source.read(8, headerLength, signal);
  if (bytes.length < headerLength) throw endsEarly(name, 8 + bytes.length, "its description");
  const header = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  if (!isRecord(header)) throw malformed(name, "this is not a safetensors file: its description is not JSON");

  const entries = Object.entries(header).filter(([key]) => key !== "__metadata__");
  if (entries.length > maxTensors) throw malformed(name, `it claims ${entries.length} tensors`);
  const placed = entries.map(([tensor, value]) => readEntry(tensor, value, name));
  placed.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let expected = 0;
  for (const { info, begin, end } of placed) {
    if (begin !== expected) throw malformed(name, `the data of "${info.name}" do not follow those before them`);
    expected = end;
  }
  const sizeBytes = 8 + headerLength + expected;
  if (source.sizeBytes !== undefined && source.sizeBytes < sizeBytes) {
    throw malformed(
      name,
      `its tensors need ${sizeBytes} bytes, and the file has ${source.sizeBytes}`,
      "Get the file again: the download was cut.",
    );
  }
  const metadata = Object.entries(recordAt(header, "__metadata__")).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return { name, tensors: placed.map(({ info }) => info), metadata: Object.fromEntries(metadata), sizeBytes };
}

function readEntry(tensor: string, value: unknown, name: string): { info: TensorInfo; begin: number; end: number } {
  const entry: JsonRecord = isRecord(value) ? value : {};
  const type = textAt(entry, "dtype") ?? "";
  const shape = counts(listAt(entry, "shape"));
  const offsets = counts(listAt(entry, "data_offsets"));
  const [begin, end] = offsets ?? [];
  if (!shape || begin === undefined || end === undefined || offsets?.length !== 2 || end < begin) {
    throw malformed(name, `the description of "${tensor}" is not complete`);
  }
  const parameters = shape.reduce((product, dimension) => product * dimension, 1);
  const size = bits[type];
  if (size === undefined) {
    throw malformed(name, `"${tensor}" is of a type that is not known: ${JSON.stringify(type.slice(0, 20))}`);
  }
  const bytes = end - begin;
  if (bytes !== Math.ceil((parameters * size) / 8)) {
    throw malformed(name, `"${tensor}" has ${bytes} bytes, which its shape and type do not make`);
  }
  return { info: { name: tensor, type, shape, parameters, bytes }, begin, end };
}

function counts(values: readonly unknown[] | undefined): readonly number[] | undefined {
  const fit = values?.every((value) => Number.isSafeInteger(value) && Number(value) >= 0);
  return fit ? (values as readonly number[]) : undefined;
}

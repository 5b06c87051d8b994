import type { ByteCursor } from "./byte-cursor.ts";
import { malformed } from "./malformed.ts";

/** A list in a GGUF file's metadata, or a text too long to be kept. */
export interface GgufList {
  /** What it is made of: `uint32`, `string` … */
  readonly of: string;
  /** How many there are; of a text, its bytes. */
  readonly length: number;
  /** The values, where there are at most 1,024; a tokenizer's hundreds of thousands are only counted. */
  readonly values?: readonly (number | boolean | string)[];
}

/** A value of a GGUF file's metadata. Numbers of 64 bits beyond 2^53 are rounded. */
export type GgufValue = number | boolean | string | GgufList;

const typeNames = [
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "float32",
  "bool",
  "string",
  "array",
  "uint64",
  "int64",
  "float64",
] as const;
type TypeName = (typeof typeNames)[number];
type Scalar = Exclude<TypeName, "string" | "array">;

const scalarBytes: Readonly<Record<Scalar, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  bool: 1,
  uint64: 8,
  int64: 8,
  float64: 8,
};

const scalarReaders: Readonly<Record<Scalar, (cursor: ByteCursor) => number | boolean>> = {
  uint8: (cursor) => cursor.uint8(),
  int8: (cursor) => (cursor.uint8() << 24) >> 24,
  uint16: (cursor) => cursor.uint16(),
  int16: (cursor) => (cursor.uint16() << 16) >> 16,
  uint32: (cursor) => cursor.uint32(),
  int32: (cursor) => cursor.int32(),
  float32: (cursor) => cursor.float32(),
  bool: (cursor) => cursor.uint8() !== 0,
  uint64: (cursor) => Number(cursor.bigint64(false)),
  int64: (cursor) => Number(cursor.bigint64(true)),
  float64: (cursor) => cursor.float64(),
};

const maxKeyBytes = 65_535;
const maxTextBytes = 4_194_304;
const maxListText = 4_096;
const maxListValues = 1_024;
const maxPairs = 65_536;

/** Reads so many keys with their values. Throws `invalid-request` where they are not what the format says. */
export async function readMetadata(
  cursor: ByteCursor,
  pairs: number,
  name: string,
): Promise<ReadonlyMap<string, GgufValue>> {
  if (pairs > maxPairs) throw malformed(name, `it claims ${pairs} metadata entries`);
  const metadata = new Map<string, GgufValue>();
  for (let pair = 0; pair < pairs; pair += 1) {
    const key = await readText(cursor, maxKeyBytes, `the name of metadata entry ${pair}`, name);
    if (key === "" || metadata.has(key)) {
      throw malformed(name, key === "" ? `metadata entry ${pair} has no name` : `"${key}" stands in it twice`);
    }
    await cursor.need(4, `the type of "${key}"`);
    metadata.set(key, await readValue(cursor, typeOf(cursor.uint32(), key, name), key, name));
  }
  return metadata;
}

async function readValue(cursor: ByteCursor, type: TypeName, key: string, name: string): Promise<GgufValue> {
  const within = `the value of "${key}"`;
  if (type === "array") return await readList(cursor, key, name);
  if (type !== "string") {
    await cursor.need(scalarBytes[type], within);
    return scalarReaders[type](cursor);
  }
  await cursor.need(8, within);
  const length = cursor.count64(within);
  if (length > maxTextBytes) {
    cursor.skip(length, within);
    return { of: "text", length };
  }
  await cursor.need(length, within);
  return cursor.text(length);
}

async function readList(cursor: ByteCursor, key: string, name: string): Promise<GgufList> {
  const within = `the list "${key}"`;
  await cursor.need(12, within);
  const type = typeOf(cursor.uint32(), key, name);
  const length = cursor.count64(`the length of "${key}"`);
  if (type === "array") throw malformed(name, `"${key}" is a list of lists`);
  if (type === "string") return await readTexts(cursor, length, within, name);
  const bytes = length * scalarBytes[type];
  if (!Number.isSafeInteger(bytes)) throw malformed(name, `the length of "${key}" is impossibly large`);
  if (length > maxListValues) {
    cursor.skip(bytes, within);
    return { of: type, length };
  }
  await cursor.need(bytes, within);
  return { of: type, length, values: Array.from({ length }, () => scalarReaders[type](cursor)) };
}

async function readTexts(cursor: ByteCursor, length: number, within: string, name: string): Promise<GgufList> {
  if (length <= maxListValues) {
    const values: string[] = [];
    for (let index = 0; index < length; index += 1) values.push(await readText(cursor, maxListText, within, name));
    return { of: "string", length, values };
  }
  for (let passed = 0; passed < length;) {
    const many = cursor.passStrings(length - passed);
    passed += many;
    if (many > 0) continue;
    await cursor.need(8, within);
    cursor.skip(cursor.count64(within), within);
    passed += 1;
  }
  return { of: "string", length };
}

/** A short text with its length before it. */
export async function readText(cursor: ByteCursor, maxBytes: number, within: string, name: string): Promise<string> {
  await cursor.need(8, within);
  const length = cursor.count64(within);
  if (length > maxBytes) throw malformed(name, `${within} claims ${length} bytes`);
  await cursor.need(length, within);
  return cursor.text(length);
}

function typeOf(number: number, key: string, name: string): TypeName {
  const type = typeNames[number];
  if (type === undefined) throw malformed(name, `"${key}" is of a type that does not exist (${number})`);
  return type;
}

import { readWhole, type ByteSource } from "./byte-source.ts";
import { malformed } from "./malformed.ts";

/** What a JSON object has; read tolerantly, since everybody writes other keys. */
export type JsonRecord = Readonly<Record<string, unknown>>;

const maxJsonBytes = 33_554_432;

/** Reads a file of at most 32 MiB that holds one JSON object. */
export async function readJson(source: ByteSource, signal?: AbortSignal): Promise<JsonRecord> {
  const bytes = await readWhole(source, maxJsonBytes, signal);
  const value = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  if (!isRecord(value)) throw malformed(source.name, "it is not a JSON object");
  return value;
}

/** The value of a JSON text; nothing where it is none. Python's `NaN` and `Infinity` are null. */
export function parseJson(text: string): unknown {
  return parsed(text) ?? parsed(text.replaceAll(/([:,[]\s*)(?:NaN|-?Infinity)(?=\s*[,\]}])/g, "$1null"));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a value is a JSON object. */
export const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The object at a key, or an empty one. */
export function recordAt(record: JsonRecord, key: string): JsonRecord {
  const value = record[key];
  return isRecord(value) ? value : {};
}

/** The first of some keys that holds a number that counts something. */
export function numberAt(record: JsonRecord, ...keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const value = record[key];
    if (typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return value;
  }
  return undefined;
}

/** The text at a key, unless it is empty. */
export function textAt(record: JsonRecord, key: string): string | undefined {
  const value = record[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The list at a key. */
export function listAt(record: JsonRecord, key: string): readonly unknown[] | undefined {
  const value = record[key];
  return Array.isArray(value) ? value : undefined;
}

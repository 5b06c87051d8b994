import { isInhouseError } from "../../core/error.ts";
import { readWhole, type ByteSource } from "./byte-source.ts";
import { readJson, type JsonRecord } from "./json-file.ts";

/** A folder of a model's files: on this machine, or behind an address. */
export interface ModelFolder {
  readonly name: string;
  /** Opens one of its files. Rejects with `not-found` where it has none of that name. */
  open(file: string): Promise<ByteSource>;
}

/** The JSON object in a file of a folder; nothing where the folder has none of that name. */
export async function jsonOf(folder: ModelFolder, file: string, signal?: AbortSignal): Promise<JsonRecord | undefined> {
  return await using(folder, file, (source) => readJson(source, signal));
}

/** A text file of a folder, of at most 4 MiB; nothing where the folder has none of that name. */
export async function textFileOf(folder: ModelFolder, file: string, signal?: AbortSignal): Promise<string | undefined> {
  return await using(folder, file, async (source) =>
    Buffer.from(await readWhole(source, 4_194_304, signal)).toString("utf8"),
  );
}

/** What is read from a file of a folder; nothing where the folder has none of that name. */
export async function using<Result>(
  folder: ModelFolder,
  file: string,
  read: (source: ByteSource) => Promise<Result>,
): Promise<Result | undefined> {
  let source: ByteSource;
  try {
    source = await folder.open(file);
  } catch (error) {
    if (isInhouseError(error) && error.code === "not-found") return undefined;
    throw error;
  }
  try {
    return await read(source);
  } finally {
    await source.close();
  }
}

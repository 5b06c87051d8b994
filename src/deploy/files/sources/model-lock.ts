import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { InhouseError } from "../../../core/error.ts";
import { fileFailure } from "../../shape/file-source.ts";
import { isRecord, listAt, numberAt, parseJson, textAt } from "../../shape/json-file.ts";
import type { PinnedFile } from "../pinned-file.ts";
import type { ModelSource } from "./model-source.ts";
import { codeOf, writeFailure } from "./write-failure.ts";

/** A model of a folder, as it was fetched. */
export interface LockedModel {
  /** Where it came from, as it was asked for. */
  readonly source: ModelSource;
  /** The commit, or the digest of the manifest, that it is of. */
  readonly revision?: string;
  /** What a server is given, below the folder: a GGUF file, or `.` for the folder itself. */
  readonly path: string;
  /** By their paths below the folder. */
  readonly files: readonly PinnedFile[];
}

/** What `inhouse-model.json` says: the models of its folder, with the digest of every file. */
export interface ModelLock {
  readonly format: 1;
  readonly models: readonly LockedModel[];
}

/** The file beside a model's files that says what they have to be. */
export const lockFileName = "inhouse-model.json";

/** Reads the `inhouse-model.json` of a folder; nothing where it has none. Rejects with `invalid-request` for a damaged one. */
export async function readModelLock(folder: string): Promise<ModelLock | undefined> {
  const path = join(folder, lockFileName);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw fileFailure(path, error);
  }
  const value = parseJson(text);
  const models = isRecord(value) && value["format"] === 1 ? listAt(value, "models") : undefined;
  const read = models?.map(lockedModel);
  if (!read || !read.every((model) => model !== undefined)) {
    throw new InhouseError("invalid-request", `${path} is damaged, or of another version.`, {
      hint: "Remove it and fetch again: files that are right are not fetched a second time.",
    });
  }
  return { format: 1, models: read };
}

/** Writes it whole. */
export async function writeModelLock(folder: string, lock: ModelLock): Promise<void> {
  const path = join(folder, lockFileName);
  await writeWhole(path, Buffer.from(`${JSON.stringify(lock, null, 2)}\n`));
}

/** Writes a small file so that a reader sees all of it or none. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.${process.pid}.part`;
  try {
    await writeFile(beside, bytes);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw writeFailure(path, error);
  }
}

function lockedModel(value: unknown): LockedModel | undefined {
  if (!isRecord(value) || !isRecord(value["source"])) return undefined;
  const path = textAt(value, "path");
  const files = listAt(value, "files")?.map(pinnedFile);
  const revision = textAt(value, "revision");
  if (path === undefined || !files || !files.every((file) => file !== undefined)) return undefined;
  return {
    source: value["source"] as unknown as ModelSource,
    ...(revision === undefined ? {} : { revision }),
    path,
    files,
  };
}

/** A path that leaves the folder is none: the file may have come from elsewhere with the rest. */
function pinnedFile(value: unknown): PinnedFile | undefined {
  if (!isRecord(value)) return undefined;
  const path = textAt(value, "path");
  const sizeBytes = numberAt(value, "sizeBytes");
  const sha256 = textAt(value, "sha256");
  if (path === undefined || sizeBytes === undefined || sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256)) {
    return undefined;
  }
  if (
    path.startsWith("/") ||
    path.includes("\\") ||
    path.split("/").some((part) => part === "" || /^\.+$/.test(part))
  ) {
    return undefined;
  }
  return { path, sizeBytes, sha256 };
}

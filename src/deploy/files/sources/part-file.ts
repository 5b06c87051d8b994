import { createHash, type Hash } from "node:crypto";
import { open, readFile, rename, rm, stat, writeFile, type FileHandle } from "node:fs/promises";

import type { EndSignal } from "../../../core/call-end.ts";
import { isRecord, parseJson, textAt } from "../../shape/json-file.ts";
import { readInto } from "../file-digest.ts";
import type { ExpectedDigest, ListedFile } from "./listed-file.ts";
import { writeFailure } from "./write-failure.ts";

/** The sums of a file's bytes as they come. */
export interface RunningDigest {
  readonly hashes: readonly Hash[];
  /** Ends the sums: the sha256, and whether the file is what it has to be. */
  end(): { readonly sha256: string; readonly fits: boolean; readonly found: string };
}

/** The sums for a file whose digest is expected, or only taken. */
export function runningDigest(sizeBytes: number, expected: ExpectedDigest | undefined): RunningDigest {
  const sha256 = createHash("sha256");
  const git = expected?.kind === "git-blob" ? createHash("sha1").update(`blob ${sizeBytes}\0`) : undefined;
  return {
    hashes: git ? [sha256, git] : [sha256],
    end() {
      const hex = sha256.digest("hex");
      const found = git?.digest("hex") ?? hex;
      return { sha256: hex, found, fits: expected === undefined || found === expected.hex.toLowerCase() };
    },
  };
}

/** What has come of a file, beside the place where it will stand; it outlives an abort and a crash. */
export interface PartFile {
  /** How many bytes are there. */
  readonly length: number;
  /** The version of the source's file that they are of. */
  readonly tag: string | undefined;
  readonly digest: RunningDigest;
  /** Forgets what is there. */
  restart(): Promise<void>;
  /** Notes the version before the first byte is written. */
  note(tag: string | undefined): Promise<void>;
  write(bytes: Uint8Array): Promise<void>;
  /** Puts it in its place, whole. */
  finish(): Promise<void>;
  /** Closes it; what came stays, to be gone on with. */
  close(): Promise<void>;
  /** Removes all traces. */
  remove(): Promise<void>;
}

/** `FILE.part`, and `FILE.part.json`, which says of which file it is: `{ sizeBytes, digest, tag }`. */
export const partPaths = (target: string): { readonly part: string; readonly state: string } => ({
  part: `${target}.part`,
  state: `${target}.part.json`,
});

/** Opens what has come of a file; its bytes are read again, since nothing else proves them. */
export async function openPart(target: string, file: ListedFile, signal: EndSignal): Promise<PartFile> {
  const { part, state } = partPaths(target);
  const { sizeBytes, digest: expected } = file;
  const known = await stateOf(state);
  const isSame =
    expected !== undefined && known?.["sizeBytes"] === sizeBytes && textAt(known, "digest") === expected.hex;
  const found = isSame ? await stat(part).catch(() => undefined) : undefined;
  let digest = runningDigest(sizeBytes, expected);
  let length = 0;
  if (found?.isFile() && found.size <= sizeBytes) length = await readInto(part, digest.hashes, { signal });
  let tag = known && length > 0 ? textAt(known, "tag") : undefined;
  const handle = await opened(part, length);

  const remove = async (): Promise<void> => {
    await handle.close();
    await Promise.all([rm(part, { force: true }), rm(state, { force: true })]);
  };

  return {
    get length() {
      return length;
    },
    get tag() {
      return tag;
    },
    get digest() {
      return digest;
    },
    async restart() {
      await handle.truncate(0).catch((error: unknown) => Promise.reject(writeFailure(part, error)));
      digest = runningDigest(sizeBytes, expected);
      length = 0;
      tag = undefined;
    },
    async note(version) {
      tag = version;
      const text = JSON.stringify({ sizeBytes, digest: expected?.hex, tag });
      await writeFile(state, text).catch((error: unknown) => Promise.reject(writeFailure(state, error)));
    },
    async write(bytes) {
      for (const hash of digest.hashes) hash.update(bytes);
      for (let written = 0; written < bytes.length;) {
        const { bytesWritten } = await handle
          .write(bytes, written, bytes.length - written, length + written)
          .catch((error: unknown) => Promise.reject(writeFailure(part, error)));
        written += bytesWritten;
      }
      length += bytes.length;
    },
    async finish() {
      await handle.sync().catch((error: unknown) => Promise.reject(writeFailure(part, error)));
      await handle.close();
      await rename(part, target).catch((error: unknown) => Promise.reject(writeFailure(target, error)));
      await rm(state, { force: true });
    },
    close: () => handle.close(),
    remove,
  };
}

async function opened(part: string, length: number): Promise<FileHandle> {
  return await open(part, length > 0 ? "r+" : "w").catch((error: unknown) => Promise.reject(writeFailure(part, error)));
}

async function stateOf(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const value = parseJson(await readFile(path, "utf8").catch(() => ""));
  return isRecord(value) ? value : undefined;
}

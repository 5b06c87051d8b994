import { constants } from "node:fs";
import { open, realpath, stat, type FileHandle } from "node:fs/promises";
import { basename, isAbsolute, relative, sep } from "node:path";

import { InhouseError } from "../../core/error.ts";
import { tooLarge } from "./gather.ts";
import { headBytes, heldBytes, pathBytes, type OpenedFile } from "./opened-file.ts";

/** What a path may be read by. */
export interface PathSettings {
  /** Folders, or every one. */
  readonly allowed: boolean | readonly string[];
  readonly maxFileBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly label: string;
  readonly name?: string | undefined;
}

/**
 * A regular file of this machine in one of the folders that are allowed, its symbolic links followed before that is decided.
 * Rejects with `policy` outside of them, with `invalid-request` for what is not there or is no regular file: a device, a
 * pipe and a socket are never read. It is held open only while it is read; where another file stands at the path by then,
 * it is refused.
 */
export async function openPath(path: string, settings: PathSettings): Promise<OpenedFile> {
  const { allowed, maxFileBytes, label, signal, name = basename(path) } = settings;
  if (allowed === false) throw forbidden(label);
  const real = await realpath(path).catch((cause: unknown) => {
    throw new InhouseError("invalid-request", `${label}: there is no file at its path, or it cannot be reached.`, {
      cause,
    });
  });
  if (allowed !== true && !(await inOneOf(allowed, real))) throw forbidden(label);
  const first = await withFile(real, label, async (file) => {
    const { dev, ino, size } = await file.stat();
    const head = Buffer.alloc(Math.min(headBytes, size));
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return { dev, ino, size, head: head.subarray(0, bytesRead) };
  });
  if (first.size > (maxFileBytes ?? pathBytes)) throw tooLarge(label, maxFileBytes ?? pathBytes);
  let reading: Promise<Uint8Array> | undefined;

  async function whole(): Promise<Uint8Array> {
    if (first.size > (maxFileBytes ?? heldBytes)) throw tooLarge(label, maxFileBytes ?? heldBytes);
    return withFile(real, label, async (file) => {
      const { dev, ino, size } = await file.stat();
      if (dev !== first.dev || ino !== first.ino || size !== first.size) throw changed(label);
      return readWhole(file, size, label, signal);
    });
  }

  return {
    name,
    path: real,
    sizeBytes: first.size,
    head: () => Promise.resolve(first.head),
    bytes: () => (reading ??= whole()),
    discard: () => Promise.resolve(),
  };
}

async function readWhole(
  file: FileHandle,
  size: number,
  label: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(size);
  for (let at = 0; at < size;) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(bytes, at, Math.min(1_048_576, size - at), at);
    if (bytesRead === 0) throw changed(label);
    at += bytesRead;
  }
  return bytes;
}

/** Opens the file at a path that has no symbolic link; opening a pipe must not wait for its other end. */
async function withFile<Value>(real: string, label: string, use: (file: FileHandle) => Promise<Value>): Promise<Value> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  // A device may do something when it is opened: what is there is looked at before.
  if (!(await stat(real).catch(() => undefined))?.isFile()) throw notRegular(label);
  let file: FileHandle;
  try {
    file = await open(real, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
  } catch (cause) {
    throw new InhouseError("invalid-request", `${label}: the file cannot be read.`, { cause });
  }
  try {
    // Between the look at the path and its opening somebody may have put a link into it.
    const [opened, there] = [await file.stat(), await realpath(real).catch(() => undefined)];
    if (!opened.isFile()) throw notRegular(label);
    if (there !== real) throw changed(label);
    return await use(file);
  } finally {
    await file.close();
  }
}

async function inOneOf(folders: readonly string[], real: string): Promise<boolean> {
  for (const folder of folders) {
    const root = await realpath(folder).catch(() => undefined);
    if (root === undefined) continue;
    const inside = relative(root, real);
    if (inside !== "" && inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)) return true;
  }
  return false;
}

const forbidden = (label: string): InhouseError =>
  new InhouseError("policy", `${label}: the client may not read files at this path.`, {
    hint: "Allow the folder: createClient({ media: { paths: [folder] } }). Or read it yourself and pass its bytes as data.",
  });

const notRegular = (label: string): InhouseError =>
  new InhouseError(
    "invalid-request",
    `${label}: its path leads to no regular file; folders, devices and pipes are not read.`,
  );

const changed = (label: string): InhouseError =>
  new InhouseError("invalid-request", `${label}: the file was changed while it was read.`);

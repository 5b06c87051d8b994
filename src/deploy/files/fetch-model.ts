import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

import { checkOptions } from "../../core/check-options.ts";
import { InhouseError } from "../../core/error.ts";
import type { Transport } from "../../core/transport.ts";
import type { OnProgress } from "../work-progress.ts";
import { bringModel } from "./bring-model.ts";
import type { PinnedFile } from "./pinned-file.ts";
import { checkSource } from "./sources/check-source.ts";
import { fetchedBefore } from "./sources/fetched-before.ts";
import { withFolderLock } from "./sources/folder-lock.ts";
import { readModelLock, writeModelLock, type LockedModel } from "./sources/model-lock.ts";
import type { FolderSource, ModelSource } from "./sources/model-source.ts";
import type { RegistryCredentials } from "./sources/registry.ts";
import { isSameSource } from "./sources/same-source.ts";
import { writeFailure } from "./sources/write-failure.ts";

/** How a model is fetched. */
export interface FetchModelOptions {
  /** The folder that the files go to; made where it is missing. Of a folder that is used in place it is that folder. */
  readonly to?: string;
  /** What connections go through, and with it what they may reach. */
  readonly transport?: Transport;
  /** Sent as `Authorization: Bearer …` to the source's own address, and nowhere else. */
  readonly apiKey?: string;
  /** For registries that ask for a name and password. */
  readonly credentials?: RegistryCredentials;
  /** No connection at all: what was fetched before is checked and taken, else it rejects with `not-found`. Default false. */
  readonly offline?: boolean;
  /** Files at a time, 1 to 16. Default 4. */
  readonly parallel?: number;
  /** Tries of a file after the first without a MiB of progress between them. Default 4. */
  readonly maxRetries?: number;
  /** How long a server may be silent, in milliseconds. Default 60,000. */
  readonly idleMs?: number;
  readonly signal?: AbortSignal;
  /** Told of the bytes of all files together. */
  readonly onProgress?: OnProgress;
}

/** A model whose files are here and right. */
export interface FetchedModel {
  /** What a server is given: the absolute path of a GGUF file, or of the folder. */
  readonly path: string;
  /** By absolute paths, as a plan's `files` takes them. */
  readonly files: readonly PinnedFile[];
  /** The commit, or the digest of the manifest, that they are of. */
  readonly revision?: string;
  /** Where it came from: of a folder that another fetch made, where that one got it. */
  readonly source: ModelSource;
}

const optionNames: Record<keyof FetchModelOptions, true> = {
  to: true,
  transport: true,
  apiKey: true,
  credentials: true,
  offline: true,
  parallel: true,
  maxRetries: true,
  idleMs: true,
  signal: true,
  onProgress: true,
};

/** Brings a model's files into a folder, as `inhouse/deploy` says of it, where the transport is filled in. */
export async function fetchModel(source: ModelSource, options: FetchModelOptions = {}): Promise<FetchedModel> {
  checkOptions("fetchModel", options, optionNames);
  checkSource(source);
  const {
    offline = false,
    signal = new AbortController().signal,
    onProgress,
    transport,
    apiKey,
    credentials,
  } = options;
  const numbers = {
    parallel: countOf("parallel", options.parallel ?? 4, 1, 16),
    maxRetries: countOf("maxRetries", options.maxRetries ?? 4, 0, 100),
    idleMs: countOf("idleMs", options.idleMs ?? 60_000, 1, 2_147_483_647),
  };
  const folder = folderFor(source, options.to);
  const progress = onProgress ? { onProgress } : {};
  if (offline && !("folder" in source)) {
    return fetched(folder, await fetchedBefore(source, folder, { signal, ...progress }));
  }
  await mkdir(folder, { recursive: true }).catch((error: unknown) => Promise.reject(writeFailure(folder, error)));
  const onWait = (): void => onProgress?.({ task: `waiting for another process that writes to ${folder}` });
  return await withFolderLock(folder, signal, onWait, async () => {
    const model = await bringModel(source, folder, { transport, apiKey, credentials, onProgress, ...numbers, signal });
    const before = (await readModelLock(folder))?.models ?? [];
    const others = before.filter((known) => !isSameSource(model.source, known));
    await writeModelLock(folder, { format: 1, models: [...others, model] });
    return fetched(folder, model);
  });
}

function fetched(folder: string, { source, revision, path, files }: LockedModel): FetchedModel {
  return {
    path: resolve(folder, path),
    files: files.map((file) => ({ ...file, path: join(folder, file.path) })),
    ...(revision === undefined ? {} : { revision }),
    source,
  };
}

/** Where the files will be, as an absolute path. */
function folderFor(source: ModelSource, to: string | undefined): string {
  if (isInPlace(source)) {
    const folder = /\.gguf$/i.test(source.folder) ? dirname(source.folder) : source.folder;
    if (to === undefined || resolve(to) === resolve(folder)) return resolve(folder);
    throw new InhouseError("invalid-request", "fetchModel: in place the files stay where they are, so leave out `to`.");
  }
  if (typeof to === "string" && to !== "") return resolve(to);
  throw new InhouseError("invalid-request", "fetchModel: `to` names no folder.", {
    hint: 'Write { to: "/models/ministral" }.',
  });
}

const isInPlace = (source: ModelSource): source is FolderSource => "folder" in source && source.how === "in-place";

function countOf(name: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new InhouseError("invalid-request", `fetchModel: ${name}: expected a whole number from ${least} to ${most}.`);
}

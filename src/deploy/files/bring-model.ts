import { InhouseError } from "../../core/error.ts";
import type { OnProgress } from "../work-progress.ts";
import { pinFiles } from "./pin-files.ts";
import { bringFiles } from "./sources/bring-files.ts";
import { targetIn } from "./sources/fetch-file.ts";
import { listSource, type ListingContext } from "./sources/list-source.ts";
import { readModelLock, writeWhole, type LockedModel } from "./sources/model-lock.ts";
import { sourceText, type ModelSource } from "./sources/model-source.ts";
import { presentFiles } from "./sources/present-files.ts";
import { isSameSource } from "./sources/same-source.ts";
import { checkRoom } from "./sources/write-failure.ts";

/** What bringing a model needs. */
export interface BringModelContext extends ListingContext {
  /** Files at a time. */
  readonly parallel: number;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress | undefined;
}

/** Asks the source for a model's files, compares them with what is in the folder, fetches what is missing, and says what there is now. */
export async function bringModel(
  source: ModelSource,
  folder: string,
  context: BringModelContext,
): Promise<LockedModel> {
  const { signal, onProgress } = context;
  const name = sourceText(source);
  onProgress?.({ task: `asking for the files of ${name}` });
  const { files, texts = {}, revision, path, source: origin = source } = await listSource(source, context);
  const known = (await readModelLock(folder))?.models ?? [];
  refuseShared(files, known, origin, folder);
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const counted = (task: string, all: number): ((count: number) => void) => {
    let done = 0;
    return (count) => onProgress?.({ task, done: (done += count), total: all, unit: "bytes" });
  };
  const own = new Set(known.flatMap((model) => model.files.map((file) => file.path)));
  const { present, missing, neededBytes } = await presentFiles(
    folder,
    files,
    own,
    signal,
    counted(`checking what is there of ${name}`, total),
  );
  const isLinked = "folder" in source && source.how === "link";
  if (!isLinked) await checkRoom(folder, neededBytes);
  const onBytes = counted(
    `fetching ${name}`,
    missing.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  );
  const brought = await bringFiles(missing, { ...context, folder, isLinked, onBytes });
  for (const [file, bytes] of Object.entries(texts)) await writeWhole(await targetIn(folder, file), bytes);
  const written = await pinFiles(Object.keys(texts), { folder, signal });
  return {
    source: origin,
    ...(revision === undefined ? {} : { revision }),
    path,
    files: [...present, ...brought, ...written].toSorted((one, other) => (one.path < other.path ? -1 : 1)),
  };
}

/** Two models of one folder may have a file in common only where its name is its digest. */
function refuseShared(
  files: readonly { readonly path: string; readonly digest?: { readonly hex: string } }[],
  known: readonly LockedModel[],
  source: ModelSource,
  folder: string,
): void {
  for (const model of known) {
    if (isSameSource(source, model)) continue;
    const shared = files.find((file) =>
      model.files.some(({ path, sha256 }) => path === file.path && sha256 !== file.digest?.hex),
    );
    if (!shared) continue;
    throw new InhouseError("invalid-request", `${shared.path} in ${folder} is a file of ${sourceText(model.source)}.`, {
      hint: "Give each model a folder of its own.",
    });
  }
}

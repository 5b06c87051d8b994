import { lstat, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";

import { InhouseError } from "../../core/error.ts";
import { exitOf, killGroup, startLeashed } from "../launch/leashed-process.ts";
import { fileFailure } from "../shape/file-source.ts";

/** A folder beside a target, in which files are made before they get their names. */
export interface PartFolder {
  readonly path: string;
  /** Renames files of the folder to targets beside it. Rejects with `invalid-request` where one is there, unless told to overwrite. */
  install(targets: readonly string[], overwrite: boolean): Promise<void>;
  /** Removes the folder with what is still in it. */
  remove(): Promise<void>;
}

/**
 * Makes a folder `TARGET.part-…`, on the same disk as the target. It goes with this process too, even when that is killed: a
 * process that only waits is bound to it by a leash, and removes the folder within a few seconds.
 */
export async function partFolder(
  target: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<PartFolder> {
  const path = await mkdtemp(`${target}.part-`).catch((error: unknown) => Promise.reject(fileFailure(target, error)));
  const guard = startLeashed("tail", ["-f", "/dev/null"], { env, removes: path, lingerSeconds: 1 });
  const isGone = exitOf(guard).catch(() => undefined);
  return {
    path,
    async install(targets, overwrite) {
      if (!overwrite) await refuseExisting(targets);
      for (const to of targets) await rename(join(path, basename(to)), to);
    },
    async remove() {
      await rm(path, { recursive: true, force: true });
      killGroup(guard);
      await isGone;
    },
  };
}

/** Rejects with `invalid-request` where there is something by one of these names. `otherwise` is what else can be done with it. */
export async function refuseExisting(paths: readonly string[], otherwise = ""): Promise<void> {
  for (const path of paths) {
    const isThere = await lstat(path).then(
      () => true,
      () => false,
    );
    if (!isThere) continue;
    throw new InhouseError("invalid-request", `${path} is there already.`, {
      hint: `${otherwise}Set overwrite to replace it, or name another target.`,
    });
  }
}

import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import { fileFailure } from "../../shape/file-source.ts";
import type { ListedFile, Listing } from "./listed-file.ts";
import { lockFileName, readModelLock } from "./model-lock.ts";
import type { FolderSource } from "./model-source.ts";
import { pickFiles, servedPath } from "./pick-files.ts";
import { checkNames } from "./safe-names.ts";

/** Folders below a folder that are looked into. */
const mostDepth = 8;

/** What of a folder is wanted. What an `inhouse-model.json` in it says of a file, the file has to be. */
export async function folderFiles(source: FolderSource): Promise<Listing> {
  const { folder, ...wish } = source;
  const stats = await stat(folder).catch((error: unknown) => Promise.reject(fileFailure(folder, error)));
  const isFile = stats.isFile();
  const root = resolve(isFile ? dirname(folder) : folder);
  const names = isFile ? [basename(folder)] : await namesIn(root, "", 0);
  const models = (await readModelLock(root))?.models ?? [];
  const pinned = models.flatMap(({ files }) => files);
  const picked = pickFiles(names, isFile ? { files: names } : wish, folder);
  checkNames(picked, folder);
  const files = await Promise.all(
    picked.map(async (path): Promise<ListedFile> => {
      const place = join(root, path);
      const { size } = await stat(place).catch((error: unknown) => Promise.reject(fileFailure(place, error)));
      const pin = pinned.find((file) => file.path === path);
      return {
        path,
        place,
        sizeBytes: pin?.sizeBytes ?? size,
        ...(pin ? { digest: { kind: "sha256", hex: pin.sha256 } } : {}),
        open(from) {
          const bytes = createReadStream(place, { start: from, highWaterMark: 1_048_576 });
          return Promise.resolve({ from, bytes: readingOf(place, bytes), close: () => void bytes.destroy() });
        },
      };
    }),
  );
  const origin = models.find((model) => picked.every((path) => model.files.some((file) => file.path === path)));
  return {
    files,
    path: servedPath(picked),
    ...(origin ? { source: origin.source } : {}),
    ...(origin?.revision === undefined ? {} : { revision: origin.revision }),
  };
}

/** The bytes of a stream, whose failure is one of ours. */
async function* readingOf(place: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw fileFailure(place, error);
  }
}

/** Files of a folder and those below it, with `/` between folders; links to files count, links to folders do not. */
async function namesIn(root: string, below: string, depth: number): Promise<string[]> {
  const entries = await readdir(join(root, below), { withFileTypes: true }).catch((error: unknown) =>
    Promise.reject(fileFailure(join(root, below), error)),
  );
  const names: string[] = [];
  for (const entry of entries) {
    const name = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      if (depth < mostDepth && !entry.name.startsWith(".")) names.push(...(await namesIn(root, name, depth + 1)));
    } else if (!/\.part(\.json)?$|\.lock$/.test(entry.name) && entry.name !== lockFileName) {
      const isFile = entry.isFile() || (entry.isSymbolicLink() && (await stat(join(root, name))).isFile());
      if (isFile) names.push(name);
    }
  }
  return names.toSorted();
}

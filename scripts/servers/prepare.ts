import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { type Binary, findBinary } from "./binary.ts";
import { cacheFolder, removeAbandoned } from "./cache.ts";
import { withLock } from "./lock.ts";
import { prepareModel, readyModel } from "./models.ts";
import type { LlamaServerOptions } from "./options.ts";
import { preparePython } from "./python.ts";
import { Unavailable } from "./unavailable.ts";
import { prepareXllamacpp, readyXllamacpp, type Xllamacpp } from "./xllamacpp.ts";

export interface Prepared {
  readonly server: Binary | Xllamacpp;
  /** Path of the GGUF file. */
  readonly model: string;
}

/** Finds a server and a model, and downloads what is missing. */
export async function prepare(options: LlamaServerOptions): Promise<Prepared> {
  const { onProgress, signal } = options;
  signal?.throwIfAborted();
  if (process.platform === "win32") {
    throw new Unavailable("starting servers on Windows", "Use the Windows Subsystem for Linux.");
  }
  const cache = cacheFolder();
  const wanted = options.server ?? (process.env["INHOUSE_LLAMA_SERVER"] || undefined);
  const binary = wanted === "xllamacpp" ? undefined : await findBinary(cache, wanted, signal);

  const server = binary ?? (await readyXllamacpp(cache));
  const model = options.modelPath ?? (await readyModel(cache));
  if (server !== undefined && model !== undefined) return { server, model };

  await mkdir(cache, { recursive: true });
  const download = async (): Promise<Prepared> => {
    await removeAbandoned(cache);
    const python = await preparePython(cache, onProgress, signal);
    return {
      server: server ?? (await prepareXllamacpp(cache, python, onProgress, signal)),
      model: model ?? (await prepareModel(cache, python, onProgress, signal)),
    };
  };
  const onWait = (pid: number) => onProgress?.(`waiting for process ${pid}, which prepares the same servers`);
  return await withLock(join(cache, "prepare.lock"), download, { signal, onWait });
}

import { cacheFolder } from "../cache.ts";
import { prepareModel, readyModel } from "../models.ts";
import { refuseWindows, whilePreparing } from "../preparation.ts";
import { preparePython } from "../python.ts";
import { type Binary, findBinary } from "./binary.ts";
import type { LlamaServerOptions } from "./llama-server-options.ts";
import { prepareXllamacpp, readyXllamacpp, type Xllamacpp } from "./xllamacpp.ts";

export interface Prepared {
  readonly server: Binary | Xllamacpp;
  /** Path of the GGUF file. */
  readonly model: string;
}

/** Finds a llama-server and a small model, and downloads what is missing into the cache folder. */
export async function prepareLlamaServer(options: LlamaServerOptions = {}): Promise<Prepared> {
  const { onProgress, signal } = options;
  signal?.throwIfAborted();
  refuseWindows();
  const cache = cacheFolder();
  const wanted = options.server ?? (process.env["INHOUSE_LLAMA_SERVER"] || undefined);
  const binary = wanted === "xllamacpp" ? undefined : await findBinary(cache, wanted, signal);

  const server = binary ?? (await readyXllamacpp(cache));
  const model = options.modelPath ?? (await readyModel(cache));
  if (server !== undefined && model !== undefined) return { server, model };

  return await whilePreparing({ cache, onProgress, signal }, async () => {
    const python = await preparePython(cache, onProgress, signal);
    return {
      server: server ?? (await prepareXllamacpp(cache, python, onProgress, signal)),
      model: model ?? (await prepareModel(cache, python, onProgress, signal)),
    };
  });
}

import { cacheFolder } from "../cache.ts";
import { refuseWindows } from "../preparation.ts";
import type { Progress } from "../progress.ts";
import { type Compiled, compiledLlamacpp } from "./compiled.ts";

export type { Compiled } from "./compiled.ts";

/** Compiles llama.cpp into the cache where it is missing: once, in ten to twenty minutes of two cores. */
export async function prepareCompiled(
  options: { onProgress?: Progress | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Compiled> {
  options.signal?.throwIfAborted();
  refuseWindows();
  return await compiledLlamacpp({ cache: cacheFolder(), ...options });
}

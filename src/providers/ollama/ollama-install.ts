import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { InhouseError, isInhouseError } from "../../core/error.ts";
import type { ListeningServer } from "../../deploy/engine-server.ts";
import type { Plan } from "../../deploy/plan/plan-value.ts";
import { ollama, type OllamaProgress, type OllamaProvider } from "./index.ts";
import { createdModel } from "./ollama-modelfile.ts";

/**
 * Brings a plan's model into a running Ollama, unless it is there, and loads it. A model of the plan's GGUF files is created
 * through the server's API; one that is published is pulled, and refused with `not-found` where nothing may be downloaded.
 */
export async function installModel(plan: Plan, server: ListeningServer): Promise<void> {
  const provider = ollama({ baseURL: server.url, transport: server.transport });
  try {
    const { name, files } = createdModel(plan);
    if (files.length > 0) await createModel(provider, name, files, server);
    else await pullModel(provider, plan, name, server);
    server.onProgress({ task: `loading ${name}` });
    await provider.load(name, {}, server.signal);
  } catch (error) {
    throw withStore(error, server);
  }
}

async function createModel(
  provider: OllamaProvider,
  name: string,
  files: readonly string[],
  { signal, onProgress }: ListeningServer,
): Promise<void> {
  const digests: Record<string, string> = {};
  for (const file of (await Promise.all(files.map(partsOf))).flat()) {
    onProgress({ task: `bringing ${basename(file)} into Ollama's store` });
    digests[basename(file)] = await provider.uploadBlob(file, { signal });
  }
  await told(provider.create({ model: name, files: digests, signal }), onProgress);
}

async function pullModel(
  provider: OllamaProvider,
  { afterwards = [] }: Plan,
  name: string,
  { signal, onProgress, settings }: ListeningServer,
): Promise<void> {
  const isThere = (await provider.models(signal)).some(({ id }) => id === name || id === `${name}:latest`);
  if (isThere) return;
  if (settings.offline) {
    throw new InhouseError("not-found", `${name} is not in Ollama's store at ${settings.modelStore}.`, {
      hint: `Allow the download by launch(plan, { offline: false }), or bring it into that store first:\n  ${afterwards.join("\n  ")}`,
    });
  }
  await told(provider.pull(name, { signal }), onProgress);
}

async function told(steps: OllamaProgress, onProgress: ListeningServer["onProgress"]): Promise<void> {
  for await (const { status, completedBytes, totalBytes } of steps) {
    onProgress({
      task: status,
      ...(completedBytes === undefined ? {} : { done: completedBytes }),
      ...(totalBytes === undefined ? {} : { total: totalBytes, unit: "bytes" }),
    });
  }
}

/** All parts of a model whose first part is named; Ollama knows them by their names. */
async function partsOf(file: string): Promise<readonly string[]> {
  const [, beginning, total] = /^(.*)-\d{5}-of-(\d{5})\.gguf$/.exec(basename(file)) ?? [];
  if (beginning === undefined) return [file];
  const names = (await readdir(dirname(file))).filter(
    (name) => name.startsWith(`${beginning}-`) && name.endsWith(`-of-${total}.gguf`),
  );
  return names.toSorted().map((name) => join(dirname(file), name));
}

/** A full disk is told by Ollama as an error of its own. */
function withStore(error: unknown, { settings }: ListeningServer): unknown {
  if (!isInhouseError(error) || !/no space left|disk quota/i.test(error.message)) return error;
  return new InhouseError(
    "server",
    `There is no room left in Ollama's store at ${settings.modelStore}: ${error.message}`,
    {
      retryable: false,
      hint: "Free as much as the model's files take, or keep the store elsewhere: launch(plan, { modelStore }).",
      cause: error,
    },
  );
}

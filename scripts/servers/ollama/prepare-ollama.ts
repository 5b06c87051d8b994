import { mkdir } from "node:fs/promises";

import { cacheFolder } from "../cache.ts";
import { type Preparation, refuseWindows, whilePreparing } from "../preparation.ts";
import { withProgress } from "../progress.ts";
import { startPrepared } from "../running-server.ts";
import { createOllamaModel } from "./ollama-create.ts";
import { ollamaEnvironment } from "./ollama-environment.ts";
import type { OllamaOptions } from "./ollama-options.ts";
import { ollamaPlan } from "./ollama-plan.ts";
import { type OllamaProgram, prepareOllamaProgram } from "./ollama-program.ts";
import { type OllamaRecipe, ollamaRecipe } from "./ollama-recipes.ts";
import { isInStore, sharedStore, stampInStore } from "./ollama-store.ts";

export interface PreparedOllama {
  readonly program: OllamaProgram;
  /** The names of the models, in the order asked for. */
  readonly models: readonly string[];
}

/** Finds or builds an Ollama, and creates what is missing of the models in the shared store. */
export async function prepareOllama(options: OllamaOptions = {}): Promise<PreparedOllama> {
  const { models = ["chat"], onProgress, signal } = options;
  signal?.throwIfAborted();
  refuseWindows();
  const preparation: Preparation = { cache: cacheFolder(), onProgress, signal };
  const program = await prepareOllamaProgram(preparation);
  const recipes = await Promise.all(models.map(ollamaRecipe));
  if ((await missingOf(recipes, preparation.cache)).length > 0) {
    await whilePreparing(preparation, async () => {
      await createAll(await missingOf(recipes, preparation.cache), program, preparation);
    });
  }
  return { program, models: recipes.map(({ name }) => name) };
}

async function missingOf(recipes: readonly OllamaRecipe[], cache: string): Promise<OllamaRecipe[]> {
  const missing: OllamaRecipe[] = [];
  for (const recipe of recipes) {
    if (!(await isInStore(sharedStore(cache), recipe.name, madeOf(recipe)))) missing.push(recipe);
  }
  return missing;
}

/** The number counts up when the GGUF files change. */
function madeOf({ name, template }: OllamaRecipe): string {
  return JSON.stringify({ name, template, files: 1 });
}

async function createAll(
  recipes: readonly OllamaRecipe[],
  program: OllamaProgram,
  preparation: Preparation,
): Promise<void> {
  const { cache, onProgress, signal } = preparation;
  const store = sharedStore(cache);
  await mkdir(store, { recursive: true });
  const plan = ollamaPlan(program, "", ollamaEnvironment(cache, store));
  await using server = await startPrepared(plan, { readyTimeoutMs: 30_000, signal });
  for (const recipe of recipes) {
    const files: string[] = [];
    for (const prepare of recipe.files) files.push(await prepare(preparation));
    const { name, template } = recipe;
    await withProgress(onProgress, `creating ${name} in Ollama`, () =>
      createOllamaModel(server.url, { name, files, template }, signal),
    );
    await stampInStore(store, name, madeOf(recipe));
  }
}

import { readFile } from "node:fs/promises";

import { prepareEmbeddingModel, prepareProjector } from "../made-models.ts";
import { prepareModel } from "../models.ts";
import type { Preparation } from "../preparation.ts";
import { preparePython } from "../python.ts";
import type { OllamaModel } from "./ollama-options.ts";

type File = (preparation: Preparation) => Promise<string>;

/** What a model is created of. */
export interface OllamaRecipe {
  readonly name: string;
  /** GGUF files, which are prepared when asked for. */
  readonly files: readonly File[];
  /** In place of the one that Ollama finds in the file. */
  readonly template?: string;
}

const smollm2: File = async (preparation) => {
  const { cache, onProgress, signal } = preparation;
  return await prepareModel(cache, await preparePython(cache, onProgress, signal), onProgress, signal);
};

/** Ollama reads from the template what a model can do: one that shows tools or thoughts makes it capable of them. */
export async function ollamaRecipe(model: OllamaModel): Promise<OllamaRecipe> {
  switch (model) {
    case "chat":
      return { name: "smollm2", files: [smollm2] };
    case "tools":
      return { name: "smollm2-tools", files: [smollm2], template: await template("tools.tmpl") };
    case "thinking":
      return { name: "smollm2-thinking", files: [smollm2], template: await template("thinking.tmpl") };
    case "embedding":
      return { name: "smollm2-embedding", files: [prepareEmbeddingModel] };
    case "vision":
      return { name: "smollm2-vision", files: [smollm2, prepareProjector] };
  }
}

async function template(file: string): Promise<string> {
  return await readFile(new URL(file, import.meta.url), "utf8");
}

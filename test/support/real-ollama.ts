import type { TestProject } from "vitest/node";

import { startOllama, Unavailable } from "../../scripts/servers/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { createContinuingModel } from "./continuing-model.ts";

/** The Ollama that the tests of a project share, or why there is none. */
export type SharedOllama =
  | {
      /** Without a slash at its end. */
      readonly url: string;
      readonly version: string;
      /** Of the server's process, whose children run the models. */
      readonly pid: number;
    }
  | { readonly unavailable: string };

declare module "vitest" {
  interface ProvidedContext {
    ollama: SharedOllama;
  }
}

/** Starts an Ollama with a model for each capability, in a store of its own, and stops it after the project's tests. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const onProgress = (message: string): void => console.error(`${project.name}: ${message}`);
  try {
    const server = await startOllama({
      models: ["chat", "tools", "thinking", "embedding", "vision"],
      store: "own",
      onProgress,
    });
    const provider = ollama({ baseURL: server.url });
    await createContinuingModel(provider);
    await provider.close();
    project.provide("ollama", { url: server.url, version: server.version, pid: server.pid ?? 0 });
    return () => server.stop();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    project.provide("ollama", { unavailable: `${error.missing}. ${error.hint}` });
    return undefined;
  }
}

import type { TestProject } from "vitest/node";

import { startLlamaServer, Unavailable } from "../../scripts/servers/index.ts";

/** The llama-servers that the tests of a project share, or why there are none. */
export type SharedServers =
  | {
      /** The one that chats; neither address has a slash at its end. */
      readonly url: string;
      readonly embeddingUrl: string;
      /** The name that the models of both answer to. */
      readonly model: string;
      /** llama.cpp's build, such as `b11549`. */
      readonly version: string;
      /** What both ask for, if anything. */
      readonly apiKey?: string;
    }
  | { readonly unavailable: string };

declare module "vitest" {
  interface ProvidedContext {
    llamacpp: SharedServers;
  }
}

/** Starts two llama-servers for a project, one that chats and one that embeds, and stops them after its tests. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const key = project.name === "examples" ? {} : { apiKey: "right-key" }; // the examples send none
  const onProgress = (message: string): void => console.error(`${project.name}: ${message}`);
  try {
    const chat = await startLlamaServer({ ...key, onProgress });
    const embedding = await startLlamaServer({ ...key, embeddings: true, onProgress }).catch(async (error: unknown) => {
      await chat.stop();
      throw error;
    });
    const { url, model, version } = chat;
    project.provide("llamacpp", { url, embeddingUrl: embedding.url, model, version, ...key });
    return async () => {
      await Promise.all([chat.stop(), embedding.stop()]);
    };
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    project.provide("llamacpp", { unavailable: `${error.missing}. ${error.hint}` });
    return undefined;
  }
}

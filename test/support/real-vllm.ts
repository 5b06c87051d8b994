import type { TestProject } from "vitest/node";

import { startVllm, Unavailable } from "../../scripts/servers/index.ts";

/** The vLLMs that the tests of a project share, or why there are none. */
export type SharedVllm =
  | {
      /** The one that chats, in developer mode and with a LoRA adapter; neither address has a slash at its end. */
      readonly url: string;
      readonly model: string;
      readonly adapter: string;
      /** What it asks for. */
      readonly apiKey: string;
      /** The one that embeds and ranks; it asks for nothing. */
      readonly embeddingUrl: string;
      readonly embeddingModel: string;
      readonly version: string;
    }
  | { readonly unavailable: string };

declare module "vitest" {
  interface ProvidedContext {
    vllm: SharedVllm;
  }
}

const apiKey = "right-key";
const args = ["--enable-server-load-tracking", "--enable-prompt-tokens-details", "--enable-request-id-headers"];

/** Starts two vLLMs for a project, one that chats and one that embeds, and stops them after its tests. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const onProgress = (message: string): void => console.error(`${project.name}: ${message}`);
  try {
    const env = { VLLM_ALLOW_RUNTIME_LORA_UPDATING: "1" };
    // Side by side, since most of a start is one core's work.
    const starts = [
      startVllm({ apiKey, devMode: true, lora: true, args, env, onProgress }),
      startVllm({ model: "embedding", onProgress }),
    ] as const;
    const [chat, embedding] = await Promise.all(starts).catch(async (error: unknown) => {
      for (const start of await Promise.allSettled(starts)) if (start.status === "fulfilled") await start.value.stop();
      throw error;
    });
    project.provide("vllm", {
      url: chat.url,
      model: chat.model,
      adapter: "smollm2-lora",
      apiKey,
      embeddingUrl: embedding.url,
      embeddingModel: embedding.model,
      version: chat.version,
    });
    return async () => {
      await Promise.all([chat.stop(), embedding.stop()]);
    };
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    project.provide("vllm", { unavailable: `${error.missing}. ${error.hint}` });
    return undefined;
  }
}

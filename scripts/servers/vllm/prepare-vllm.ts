import { cacheFolder } from "../cache.ts";
import { type Preparation, refuseWindows } from "../preparation.ts";
import { prepareVllmFolders, type VllmFolder } from "./vllm-models.ts";
import type { VllmModel, VllmOptions } from "./vllm-options.ts";
import { prepareVllmProgram, type VllmProgram } from "./vllm-program.ts";

const NEEDED: Record<VllmModel, readonly VllmFolder[]> = {
  chat: ["smollm2"],
  embedding: ["minilm"],
  classification: ["minilm", "classifier"],
  vision: ["smollm2", "llava"],
  speech: ["whisper"],
};

/** Installs vLLM and makes its model where they are missing. */
export async function prepareVllm(options: VllmOptions = {}): Promise<VllmProgram> {
  const { model = "chat", lora, onProgress, signal } = options;
  if (lora && model !== "chat") throw new TypeError(`The LoRA adapter is one for the model chat, not for ${model}.`);
  signal?.throwIfAborted();
  refuseWindows();
  const preparation: Preparation = { cache: cacheFolder(), onProgress, signal };
  const vllm = await prepareVllmProgram(preparation);
  await prepareVllmFolders([...NEEDED[model], ...(lora ? (["smollm2-lora"] as const) : [])], vllm, preparation);
  return vllm;
}
